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

namespace calotype {

/// Thread-safe. Jobs must not throw.
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
  void work(const std::stop_token& stop);

  const int max_threads_;
  std::mutex mutex_;
  std::condition_variable_any wake_;
  std::deque<std::function<void()>> jobs_;
  int idle_ = 0;
  std::vector<std::jthread> threads_;
};

/// The one slot of a device: runs of the same engine take turns.
class DeviceSlot {
 public:
  /// False when `stop` was requested before the slot was free.
  bool acquire(const std::stop_token& stop);
  void release();

 private:
  std::mutex mutex_;
  std::condition_variable_any free_;
  bool taken_ = false;
};

}  // namespace calotype
