#pragma once
/// A thread that runs one job at a time while the main thread looks for signals.
#include <atomic>
#include <condition_variable>
#include <functional>
#include <mutex>
#include <thread>

namespace calotype::python {

/// Kept from run to run: what libraries hold per thread (pools of OpenMP) is made once.
/// Thread-safe.
class Runner {
 public:
  Runner() : thread_([this](const std::stop_token& stop) { loop(stop); }) {}

  /// Runs `job` on the thread. Meanwhile `idle` is called on this one every 50 ms; when that comes
  /// back here, its job is run at once on this thread. `job` must not throw. Call without the GIL.
  void run(const std::function<void()>& job, const std::function<void()>& idle) {
    if (waiter_ == std::this_thread::get_id()) return job();
    const std::lock_guard turn(turn_);
    waiter_ = std::this_thread::get_id();
    std::unique_lock lock(mutex_);
    job_ = &job;
    wake_.notify_all();
    while (!done_.wait_for(lock, std::chrono::milliseconds(50), [&] { return !job_; })) {
      lock.unlock();
      idle();
      lock.lock();
    }
    waiter_ = std::thread::id();
  }

 private:
  void loop(const std::stop_token& stop) {
    std::unique_lock lock(mutex_);
    while (wake_.wait(lock, stop, [&] { return job_ != nullptr; })) {
      lock.unlock();
      (*job_)();
      lock.lock();
      job_ = nullptr;
      done_.notify_all();
    }
  }

  std::mutex turn_;
  std::atomic<std::thread::id> waiter_;
  std::mutex mutex_;
  std::condition_variable_any wake_;
  std::condition_variable done_;
  const std::function<void()>* job_ = nullptr;
  std::jthread thread_;
};

}  // namespace calotype::python
