#pragma once
/// Other processes of Calotype: started by exec (never by fork alone, which no thread pool
/// survives), watched through a socket, and always reaped.
#include <sys/types.h>

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "isolate/message_channel.h"

namespace calotype {

/// Where a child finds its end of the socket.
inline constexpr int kChildSocket = 3;

/// The program `calotype` that belongs to this library: `../bin/calotype` beside the library's
/// folder. No value when it is not there.
std::optional<std::filesystem::path> calotype_program();

/// How a process ended.
struct ProcessEnd {
  int signal = 0;  ///< 0: it ended by itself
  int exit_code = 0;
};

/// `crashed with SIGSEGV`, `was killed with SIGKILL` or `ended with exit code 3`.
std::string to_text(const ProcessEnd& end);

/// One child and the processes that it starts. Its standard input is empty; what it prints goes to
/// standard error. For use by one thread, which must live as long as the object: the child dies
/// with the thread that started it.
class ChildProcess {
 public:
  /// Throws Error(io) when the program cannot be started.
  ChildProcess(const std::filesystem::path& program, const std::vector<std::string>& arguments);
  ChildProcess(const ChildProcess&) = delete;
  ChildProcess& operator=(const ChildProcess&) = delete;
  /// Kills what still runs.
  ~ChildProcess();

  /// False when the child is gone.
  bool send(const nlohmann::json& message) { return channel_->send(message); }
  /// As MessageChannel::receive. Sees the end also when a process that the child left behind holds
  /// its socket.
  MessageChannel::Got receive(nlohmann::json& message, MessageChannel::Clock::time_point until);
  void kill();
  /// Waits for the end.
  ProcessEnd wait();

 private:
  bool has_ended() const;

  pid_t id_ = -1;  ///< also of its process group; -1 once it was reaped
  int socket_ = -1;
  std::optional<MessageChannel> channel_;
  ProcessEnd end_;
};

/// For a child, first thing: it ends together with the thread that started it.
void die_with_parent();

/// For a child: how many bytes of writable memory it may take beyond what it has now, counted as
/// RLIMIT_DATA does: without address space that is only reserved, which CUDA takes in huge amounts.
/// Mapped files that may be written to (models) count.
void limit_memory(std::uint64_t bytes);

}  // namespace calotype
