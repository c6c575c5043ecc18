#pragma once
/// Threads that help runs. They start when first needed and stay, because a tensor library keeps
/// state per thread that is costly to build again.
#include <condition_variable>
#include <deque>
#include <functional>
#include <mutex>
#include <stop_token>
#include <thread>
#include <vector>

#include "calotype/enclosing_run.h"

namespace calotype {

/// Thread-safe. Jobs must not throw. A job works for the run of the thread that submitted it.
class WorkerPool {
 public:
  explicit WorkerPool(int max_threads) : max_threads_(max_threads) {}
  ~WorkerPool();
  WorkerPool(const WorkerPool&) = delete;
  WorkerPool& operator=(const WorkerPool&) = delete;

  /// Runs `job` on some thread, some time; never when the pool has no threads. False then, or when
  /// no thread could be started.
  bool submit(std::function<void()> job);

 private:
  struct Job {
    std::function<void()> work;
    EnclosingRun run;
  };

  void work(const std::stop_token& stop);

  const int max_threads_;
  std::mutex mutex_;
  std::condition_variable_any wake_;
  std::deque<Job> jobs_;
  int idle_ = 0;
  std::vector<std::jthread> threads_;
};

/// The one slot of a device: runs of the same engine take turns. A node that holds it may start a
/// run of its own, which shares it: the node waits meanwhile.
class DeviceSlot {
 public:
  /// False when `stop` was requested before the slot was free.
  bool acquire(const std::stop_token& stop);
  /// On the thread that acquired it.
  void release();

 private:
  std::mutex mutex_;
  std::condition_variable_any free_;
  bool taken_ = false;
};

}  // namespace calotype
