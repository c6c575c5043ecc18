#pragma once
/// Messages between two processes of Calotype: JSON values over a stream socket, each as its length
/// and its CBOR, which keeps every number and every byte of a text as it is.
#include <chrono>
#include <mutex>
#include <nlohmann/json.hpp>
#include <string>

namespace calotype {

class MessageChannel {
 public:
  using Clock = std::chrono::steady_clock;
  enum class Got { message, nothing, end };

  /// The descriptor stays the caller's.
  explicit MessageChannel(int socket) : socket_(socket) {}

  /// False when the other side is gone. Thread-safe.
  bool send(const nlohmann::json& message);
  /// Waits for a whole message until the given time. `end`: the other side is gone, or it sent
  /// something that is no message. One thread at a time.
  Got receive(nlohmann::json& message, Clock::time_point until);

 private:
  bool take(nlohmann::json& message);

  const int socket_;
  std::mutex sending_;
  std::string received_;
  bool broken_ = false;
};

}  // namespace calotype
