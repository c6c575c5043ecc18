#include "isolate/child_process.h"

#include <dlfcn.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <signal.h>
#include <spawn.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <fstream>
#include <system_error>
#include <utility>

#include "calotype/error.h"

namespace calotype {

namespace {

Error start_error(const std::filesystem::path& program, int error_number) {
  return Error(ErrorCode::io,
               fmt::format("the process {} cannot be started: {}", quote(program.string()),
                           std::generic_category().message(error_number)),
               "close other programs, or raise the limit on processes or open files (ulimit -a)");
}

/// What a child starts with, whatever this process did to its signals and descriptors.
class SpawnSetup {
 public:
  explicit SpawnSetup(int child_socket) {
    posix_spawnattr_init(&attributes_);
    posix_spawn_file_actions_init(&actions_);
    sigset_t signals;
    sigemptyset(&signals);
    posix_spawnattr_setsigmask(&attributes_, &signals);
    sigfillset(&signals);
    posix_spawnattr_setsigdefault(&attributes_, &signals);
    // A group of its own: Ctrl-C in the terminal is for the parent, which then asks the child.
    posix_spawnattr_setpgroup(&attributes_, 0);
    posix_spawnattr_setflags(
        &attributes_, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETPGROUP);
    // The socket first: its number may be one of those that are replaced below.
    posix_spawn_file_actions_adddup2(&actions_, child_socket, kChildSocket);
    posix_spawn_file_actions_addopen(&actions_, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
    if (::fcntl(STDERR_FILENO, F_GETFD) < 0) {
      posix_spawn_file_actions_addopen(&actions_, STDERR_FILENO, "/dev/null", O_WRONLY, 0);
    }
    posix_spawn_file_actions_adddup2(&actions_, STDERR_FILENO, STDOUT_FILENO);
    posix_spawn_file_actions_addclosefrom_np(&actions_, kChildSocket + 1);
  }
  SpawnSetup(const SpawnSetup&) = delete;
  SpawnSetup& operator=(const SpawnSetup&) = delete;
  ~SpawnSetup() {
    posix_spawn_file_actions_destroy(&actions_);
    posix_spawnattr_destroy(&attributes_);
  }

  int start(const std::filesystem::path& program, const std::vector<std::string>& arguments,
            pid_t* id) const {
    std::vector<char*> argv = {const_cast<char*>(program.c_str())};
    for (const std::string& argument : arguments) {
      argv.push_back(const_cast<char*>(argument.c_str()));
    }
    argv.push_back(nullptr);
    return ::posix_spawn(id, program.c_str(), &actions_, &attributes_, argv.data(), environ);
  }

 private:
  posix_spawnattr_t attributes_;
  posix_spawn_file_actions_t actions_;
};

/// Bytes of writable private memory of this process, as RLIMIT_DATA counts them.
std::uint64_t writable_memory() {
  std::ifstream status("/proc/self/status");
  for (std::string word; status >> word;) {
    std::uint64_t kibibytes = 0;
    if (word == "VmData:" && status >> kibibytes) return kibibytes * 1024;
  }
  return 0;
}

}  // namespace

std::optional<std::filesystem::path> calotype_program() {
  Dl_info info{};
  if (::dladdr(reinterpret_cast<const void*>(&calotype_program), &info) == 0) return {};
  std::error_code error;
  const auto library = std::filesystem::canonical(info.dli_fname, error);
  if (error) return {};
  const auto program = library.parent_path().parent_path() / "bin" / "calotype";
  if (!std::filesystem::is_regular_file(program, error)) return {};
  if (::access(program.c_str(), X_OK) != 0) return {};
  return program;
}

std::string to_text(const ProcessEnd& end) {
  if (end.signal == 0) return fmt::format("ended with exit code {}", end.exit_code);
  const char* name = ::sigabbrev_np(end.signal);
  const std::string signal = name ? fmt::format("SIG{}", name) : fmt::format("{}", end.signal);
  const bool from_outside = end.signal == SIGKILL || end.signal == SIGTERM ||
                            end.signal == SIGINT || end.signal == SIGHUP;
  return fmt::format("{} with {}", from_outside ? "was killed" : "crashed", signal);
}

ChildProcess::ChildProcess(const std::filesystem::path& program,
                           const std::vector<std::string>& arguments) {
  int ends[2];
  if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) != 0) {
    throw start_error(program, errno);
  }
  const int error_number = SpawnSetup(ends[1]).start(program, arguments, &id_);
  ::close(ends[1]);
  if (error_number != 0) {
    ::close(ends[0]);
    throw start_error(program, error_number);
  }
  socket_ = ends[0];
  channel_.emplace(socket_);
}

ChildProcess::~ChildProcess() {
  kill();
  wait();
  ::close(socket_);
}

MessageChannel::Got ChildProcess::receive(nlohmann::json& message,
                                          MessageChannel::Clock::time_point until) {
  constexpr auto kTick = std::chrono::milliseconds(100);
  for (;;) {
    const bool ended = has_ended();  // first: what it sent before is still to be read
    const auto now = MessageChannel::Clock::now();
    const auto got = channel_->receive(message, ended ? now : std::min(until, now + kTick));
    if (got != MessageChannel::Got::nothing) return got;
    if (ended) return MessageChannel::Got::end;
    if (MessageChannel::Clock::now() >= until) return got;
  }
}

bool ChildProcess::has_ended() const {
  if (id_ < 0) return true;
  siginfo_t info{};
  const int result = ::waitid(P_PID, static_cast<id_t>(id_), &info, WEXITED | WNOHANG | WNOWAIT);
  return result != 0 || info.si_pid == id_;
}

void ChildProcess::kill() {
  if (id_ > 0) ::kill(-id_, SIGKILL);
}

ProcessEnd ChildProcess::wait() {
  if (id_ < 0) return end_;
  siginfo_t info{};
  while (::waitid(P_PID, static_cast<id_t>(id_), &info, WEXITED | WNOWAIT) != 0 && errno == EINTR) {
  }
  // What it started goes too, while its number cannot belong to anybody else.
  kill();
  int status = 0;
  while (::waitpid(id_, &status, 0) < 0 && errno == EINTR) {
  }
  id_ = -1;
  end_ = WIFSIGNALED(status) ? ProcessEnd{WTERMSIG(status), 0} : ProcessEnd{0, WEXITSTATUS(status)};
  return end_;
}

void die_with_parent() {
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  ::fcntl(kChildSocket, F_SETFD, FD_CLOEXEC);
}

void limit_memory(std::uint64_t bytes) {
  rlimit limit{};
  ::getrlimit(RLIMIT_DATA, &limit);
  limit.rlim_cur = std::min<rlim_t>(writable_memory() + bytes, limit.rlim_max);
  ::setrlimit(RLIMIT_DATA, &limit);
}

}  // namespace calotype
