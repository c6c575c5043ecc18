#include <signal.h>
#include <sys/resource.h>
#include <unistd.h>

#include <chrono>
#include <filesystem>
#include <iterator>
#include <new>
#include <system_error>
#include <thread>

#include "calotype/child_commands.h"
#include "calotype/schema_json.h"
#include "isolate/child_process.h"
#include "isolate/error_message.h"
#include "plugin/abi.h"
#include "plugin/plugin_error.h"
#include "plugin/plugin_loader.h"
#include "plugin/plugin_scan.h"

namespace calotype {

namespace {

namespace fs = std::filesystem;

std::size_t thread_count() {
  std::error_code error;
  const fs::directory_iterator tasks("/proc/self/task", error);
  return error ? 0 : static_cast<std::size_t>(std::distance(begin(tasks), end(tasks)));
}

/// Threads beyond `before` that do not end within a moment.
std::size_t threads_left_over(std::size_t before) {
  constexpr int kLooks = 20;
  std::size_t now = thread_count();
  for (int i = 0; now > before && i < kLooks; ++i) {
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
    now = thread_count();
  }
  return now > before ? now - before : 0;
}

nlohmann::json scan(const fs::path& library, MessageChannel& host) {
  const TrustedFile file(library);
  const std::size_t threads = thread_count();
  Registry registry;
  const PluginInfo plugin = load_in_steps(registry, file, [&](LoadStep step) {
    host.send({{"step", step == LoadStep::open ? "open" : "register"}});
  });
  const FileIdentity& id = file.identity();
  return {{"id", plugin.id},
          {"version", plugin.version},
          {"library", plugin.library},
          {"schemas", schemas_to_json(registry.schemas())},
          {"threads", threads_left_over(threads)},
          {"file", {id.size, id.mtime_ns, id.inode, id.device}}};
}

}  // namespace

void serve_plugin_scan(const std::vector<fs::path>& libraries) {
  die_with_parent();
  // Die as the plugin makes it die, whatever a debugging runtime would do instead.
  for (const int signal : {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT}) ::signal(signal, SIG_DFL);
  const rlimit no_core{0, 0};
  ::setrlimit(RLIMIT_CORE, &no_core);
  MessageChannel host(kChildSocket);
  if (!host.send({{"hello", build_identity()}})) ::_exit(2);
  limit_memory(kScanMemory);
  std::set_new_handler([] { ::_exit(kScanOutOfMemory); });
  for (const fs::path& library : libraries) {
    try {
      host.send({{"plugin", scan(library, host)}});
    } catch (const Error& error) {
      host.send({{"error", error_message(error)}});
    } catch (...) {
      host.send({{"error", error_message(plugin_error(
                               library, "the library could not be opened: it threw an exception",
                               "ask the author of the plugin"))}});
    }
  }
  // Not exit(): threads and static objects of plugins must not get a say.
  ::_exit(0);
}

}  // namespace calotype
