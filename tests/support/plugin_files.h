#pragma once
/// For tests of the plugin door: where the test plugins lie, and calls that may kill the process.
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <filesystem>
#include <functional>
#include <stdexcept>
#include <string>

#include "calotype/error.h"
#include "calotype/plugin.h"

namespace calotype::test {

/// A plugin of tests/plugins/broken.
inline std::filesystem::path test_plugin(const std::string& name) {
  return std::filesystem::canonical(std::filesystem::path(CALOTYPE_BINARY_DIR) /
                                    "tests/plugins/lib" / (name + ".so"));
}

/// The message of the refusal, or "loaded".
inline std::string load_message(Registry& registry, const std::filesystem::path& library) {
  try {
    load_plugin(registry, library);
  } catch (const Error& e) {
    return (e.code() == ErrorCode::plugin ? "" : "wrong code: ") + std::string(e.what());
  }
  return "loaded";
}

inline std::string load_message(const std::filesystem::path& library) {
  Registry registry;
  return load_message(registry, library);
}

/// What `body` returned in a forked child, or how the child died.
inline std::string in_child(const std::function<std::string()>& body) {
  int ends[2];
  if (::pipe(ends) != 0) throw std::runtime_error("pipe failed");
  const pid_t child = ::fork();
  if (child < 0) throw std::runtime_error("fork failed");
  if (child == 0) {
    const std::string text = body();
    const bool sent = ::write(ends[1], text.data(), text.size()) == ssize_t(text.size());
    ::_exit(sent ? 0 : 1);
  }
  ::close(ends[1]);
  std::string text;
  std::array<char, 4096> part;
  for (ssize_t n; (n = ::read(ends[0], part.data(), part.size())) > 0;) text.append(part.data(), n);
  ::close(ends[0]);
  int status = 0;
  ::waitpid(child, &status, 0);
  if (WIFSIGNALED(status)) return "killed by signal " + std::to_string(WTERMSIG(status));
  if (WEXITSTATUS(status) != 0) return "exited with " + std::to_string(WEXITSTATUS(status));
  return text;
}

}  // namespace calotype::test
