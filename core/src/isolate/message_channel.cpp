#include "isolate/message_channel.h"

#include <poll.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <vector>

namespace calotype {

namespace {

constexpr std::uint64_t kMaxMessageBytes = std::uint64_t{1} << 30;

bool send_all(int socket, const void* data, std::size_t size) {
  const char* rest = static_cast<const char*>(data);
  while (size > 0) {
    const ssize_t n = ::send(socket, rest, size, MSG_NOSIGNAL);
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) return false;
    rest += n;
    size -= static_cast<std::size_t>(n);
  }
  return true;
}

/// Milliseconds for poll, rounded up so that it does not spin before the time has come.
int poll_time(MessageChannel::Clock::time_point until) {
  const auto left =
      std::chrono::ceil<std::chrono::milliseconds>(until - MessageChannel::Clock::now());
  return static_cast<int>(std::clamp<std::int64_t>(left.count(), 0, 3'600'000));
}

}  // namespace

bool MessageChannel::send(const nlohmann::json& message) {
  const std::vector<std::uint8_t> bytes = nlohmann::json::to_cbor(message);
  const std::uint64_t size = bytes.size();
  const std::lock_guard lock(sending_);
  return send_all(socket_, &size, sizeof size) && send_all(socket_, bytes.data(), bytes.size());
}

MessageChannel::Got MessageChannel::receive(nlohmann::json& message, Clock::time_point until) {
  for (;;) {
    if (take(message)) return Got::message;
    if (broken_) return Got::end;
    pollfd ready{socket_, POLLIN, 0};
    const int count = ::poll(&ready, 1, poll_time(until));
    if (count == 0) return Got::nothing;
    if (count < 0) {
      if (errno != EINTR) return Got::end;
      continue;
    }
    std::array<char, 65536> part;
    const ssize_t n = ::recv(socket_, part.data(), part.size(), MSG_DONTWAIT);
    if (n > 0) {
      received_.append(part.data(), static_cast<std::size_t>(n));
    } else if (n == 0 || (errno != EINTR && errno != EAGAIN)) {
      return Got::end;
    }
  }
}

bool MessageChannel::take(nlohmann::json& message) {
  std::uint64_t size = 0;
  if (broken_ || received_.size() < sizeof size) return false;
  std::memcpy(&size, received_.data(), sizeof size);
  if (size > kMaxMessageBytes) {
    broken_ = true;
    return false;
  }
  if (received_.size() - sizeof size < size) return false;
  const auto begin = received_.begin() + sizeof size;
  message =
      nlohmann::json::from_cbor(begin, begin + static_cast<std::ptrdiff_t>(size), true, false);
  received_.erase(received_.begin(), begin + static_cast<std::ptrdiff_t>(size));
  broken_ = message.is_discarded();
  return !broken_;
}

}  // namespace calotype
