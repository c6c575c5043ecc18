#include "watch_graph.h"

#include <fmt/format.h>

#include <chrono>
#include <cstdio>
#include <thread>
#include <utility>

#include "calotype/error.h"
#include "watched_files.h"

namespace calotype::cli {

namespace {

/// Also how long a file must stay as it is before it counts as completely written.
constexpr auto kPoll = std::chrono::milliseconds(300);

/// True when something changed; false after a request to stop.
bool wait_for_change(const WatchedFiles& files, const WatchedFiles::State& before,
                     const std::stop_token& stop) {
  WatchedFiles::State last = before;
  while (!stop.stop_requested()) {
    std::this_thread::sleep_for(kPoll);
    WatchedFiles::State now = files.state();
    if (now != before && now == last) return true;
    last = std::move(now);
  }
  return false;
}

}  // namespace

void watch_graph(RunArguments arguments, const GlobalOptions& options, std::stop_token stop) {
  // A rebuilt plugin is loaded anew by the next worker; this process opens none.
  arguments.isolate = true;
  WatchedFiles files(arguments.graph, plugin_folders(options));
  WrittenFiles written;
  for (;;) {
    // What changes while plugins are looked at or the graph runs counts.
    WatchedFiles::State before = files.state();
    const Session session(options, uses_cache(arguments));
    files.add_from_graph(arguments.set, session);
    before.merge(files.state());  // of what was not watched yet
    try {
      run_graph(arguments, options, session, stop, written);
    } catch (const Error& error) {
      if (error.code() == ErrorCode::cancelled) return;
      fmt::print(stderr, "{}\n", error.what());
    }
    std::fflush(stdout);
    if (!options.quiet) fmt::print(stderr, "watching {} files\n", files.size());
    if (!wait_for_change(files, before, stop)) return;
  }
}

}  // namespace calotype::cli
