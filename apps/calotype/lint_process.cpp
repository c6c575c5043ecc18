#include "lint_process.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>

#include "calotype/error.h"
#include "lint_json.h"

namespace calotype::cli {

namespace {

using nlohmann::ordered_json;

/// One line of what the child says.
void send_line(int descriptor, const ordered_json& json) {
  const std::string line = json_line(json) + '\n';
  for (std::size_t sent = 0; sent < line.size();) {
    const ssize_t n = ::write(descriptor, line.data() + sent, line.size() - sent);
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) ::_exit(1);  // nobody listens any more
    sent += static_cast<std::size_t>(n);
  }
}

/// Never returns: the plugin's threads and static objects must not run on in a copy of the program.
[[noreturn]] void lint_and_report(const std::filesystem::path& library, int descriptor) {
  ::dup2(STDERR_FILENO, STDOUT_FILENO);
  try {
    const LintReport whole =
        lint_plugin(library, [&](const LintReport& so_far, const std::string& node) {
          if (!node.empty()) send_line(descriptor, {{"node", node}, {"report", to_json(so_far)}});
        });
    send_line(descriptor, {{"done", true}, {"report", to_json(whole)}});
  } catch (const Error& e) {
    ordered_json problems = ordered_json::array();
    for (const Diagnostic& d : e.diagnostics()) problems.push_back(to_json(d));
    send_line(descriptor, {{"refused", std::move(problems)}, {"code", static_cast<int>(e.code())}});
  } catch (const std::exception& e) {
    send_line(descriptor,
              {{"refused", ordered_json::array({to_json(Diagnostic{.what = e.what()})})},
               {"code", static_cast<int>(ErrorCode::internal)}});
  }
  ::_exit(0);
}

/// The lines of the child, until it is done, dies, or says nothing for too long.
class Listener {
 public:
  Listener(int descriptor, std::chrono::seconds patience)
      : descriptor_(descriptor), patience_(patience) {}

  /// Nothing at the end; then `timed_out` says which end it was.
  std::optional<ordered_json> next() {
    for (;;) {
      const std::size_t end = text_.find('\n');
      if (end != text_.npos) {
        ordered_json line = ordered_json::parse(text_.substr(0, end), nullptr, false);
        text_.erase(0, end + 1);
        return line;
      }
      pollfd wait{descriptor_, POLLIN, 0};
      const auto limit = std::chrono::milliseconds(patience_).count();
      const int ready = ::poll(&wait, 1, static_cast<int>(limit));
      if (ready < 0 && errno == EINTR) continue;
      timed_out = ready == 0;
      if (ready <= 0) return {};
      std::array<char, 4096> part;
      const ssize_t n = ::read(descriptor_, part.data(), part.size());
      if (n < 0 && errno == EINTR) continue;
      if (n <= 0) return {};
      text_.append(part.data(), static_cast<std::size_t>(n));
    }
  }

  bool timed_out = false;

 private:
  int descriptor_;
  std::chrono::seconds patience_;
  std::string text_;
};

std::string how_it_ended(int status, bool timed_out, std::chrono::seconds patience) {
  if (timed_out) return fmt::format("it did not come to an end within {} s", patience.count());
  if (WIFSIGNALED(status)) {
    const char* const name = ::sigabbrev_np(WTERMSIG(status));
    return fmt::format("it crashed with SIG{}", name ? name : "?");
  }
  return fmt::format("it ended the process with exit code {}", WEXITSTATUS(status));
}

Error refusal(const ordered_json& line) {
  std::vector<Diagnostic> problems;
  for (const ordered_json& problem : line.at("refused")) {
    problems.push_back(diagnostic_from(problem));
  }
  return Error(static_cast<ErrorCode>(line.at("code").get<int>()), std::move(problems));
}

}  // namespace

LintReport lint_in_child(const std::filesystem::path& library, std::chrono::seconds patience) {
  int ends[2];
  if (::pipe2(ends, O_CLOEXEC) != 0) {
    throw Error(ErrorCode::io, std::string("no pipe could be made: ") + std::strerror(errno));
  }
  const pid_t child = ::fork();
  if (child == 0) {
    ::close(ends[0]);
    lint_and_report(library, ends[1]);
  }
  ::close(ends[1]);
  if (child < 0) {
    ::close(ends[0]);
    throw Error(ErrorCode::io, std::string("no process could be made: ") + std::strerror(errno));
  }
  Listener listener(ends[0], patience);
  ordered_json last;
  while (auto line = listener.next()) {
    last = std::move(*line);
    if (last.contains("done") || last.contains("refused")) break;
  }
  if (listener.timed_out) ::kill(child, SIGKILL);
  int status = 0;
  while (::waitpid(child, &status, 0) < 0 && errno == EINTR) {
  }
  ::close(ends[0]);

  if (last.contains("refused")) throw refusal(last);
  if (last.contains("done")) return lint_report_from(last.at("report"));
  const std::string ended = how_it_ended(status, listener.timed_out, patience);
  if (!last.contains("report")) {
    throw Error(ErrorCode::plugin,
                {Diagnostic{.file = library.string(),
                            .what = ended + " while it was opened and registered its nodes",
                            .hint = "do no work in static objects and start no threads in them"}});
  }
  LintReport report = lint_report_from(last.at("report"));
  Diagnostic d;
  d.file = report.plugin.library;
  d.node = last.at("node");
  d.what = ended + " when it ran with made-up inputs and default parameters";
  d.hint = "further nodes were not run; mend this one first";
  report.findings.push_back({"survival", std::move(d)});
  return report;
}

}  // namespace calotype::cli
