/// The disk cache among several processes and on a full disk; each test forks.
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>

#include "support/run_helpers.h"
#include "support/temp_dir.h"

namespace calotype::test {
namespace {

/// Runs `body` in a child process; its result is the exit status.
template <class Body>
pid_t fork_and(Body body) {
  const pid_t child = fork();
  if (child == 0) {
    int status = 99;
    try {
      status = body();
    } catch (...) {
    }
    _exit(status);
  }
  return child;
}

int status_of(pid_t child) {
  int status = 0;
  EXPECT_EQ(waitpid(child, &status, 0), child);
  return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

/// 0 when every result of many short runs is right.
int run_many(const std::filesystem::path& folder, std::uint64_t budget, int rounds) {
  const auto registry = fake_registry();
  for (int i = 0; i < rounds; ++i) {
    Engine engine(registry, {.cache_folder = folder, .disk_budget = budget, .workers = 1});
    const double value = i % 5;
    const RunResult result = engine.run(engine.prepare(chain_graph(*registry, 4, value)));
    if (number(result, "c3") != value + 3) return 1;
  }
  return 0;
}

TEST(DiskCacheProcesses, ShareOneFolder) {
  const TempDir dir;
  std::vector<pid_t> children;
  for (int i = 0; i < 4; ++i) {
    // A small budget, so that they also delete each other's entries.
    children.push_back(fork_and([&] { return run_many(dir.path(), 4000, 30); }));
  }
  for (const pid_t child : children) EXPECT_EQ(status_of(child), 0);
  DiskCache cache(dir.path(), 4000);
  EXPECT_TRUE(cache.verify().empty());
  EXPECT_LE(cache.stats().bytes, 4000U * 2);
}

TEST(DiskCacheProcesses, RunsOnAFullDiskWithOneWarning) {
  const TempDir dir;
  const int status = status_of(fork_and([&] {
    signal(SIGXFSZ, SIG_IGN);
    const rlimit none{0, 0};
    setrlimit(RLIMIT_FSIZE, &none);
    const auto registry = fake_registry();
    Engine engine(registry, {.cache_folder = dir.path(), .workers = 1});
    const RunResult result = engine.run(engine.prepare(chain_graph(*registry, 4)));
    if (number(result, "c3") != 4) return 1;
    if (engine.disk()->take_warnings().size() != 1) return 2;
    if (engine.disk()->stats().entries != 0) return 3;
    return 0;
  }));
  EXPECT_EQ(status, 0);
  std::size_t files = 0;
  for (const auto& e : std::filesystem::recursive_directory_iterator(dir.path())) {
    files += e.is_regular_file() ? 1 : 0;
  }
  EXPECT_EQ(files, 0U);
}

TEST(DiskCacheProcesses, AKilledWriterLeavesNothingThatIsRead) {
  const TempDir dir;
  for (int i = 0; i < 10; ++i) {
    const pid_t child = fork_and([&] { return run_many(dir.path(), 1 << 20, 10'000); });
    usleep(static_cast<useconds_t>(3000 + 2500 * i));
    kill(child, SIGKILL);
    status_of(child);
  }
  DiskCache cache(dir.path(), 1 << 20);
  EXPECT_TRUE(cache.verify().empty());
  EXPECT_EQ(run_many(dir.path(), 1 << 20, 10), 0);
}

}  // namespace
}  // namespace calotype::test
