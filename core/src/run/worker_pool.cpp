#include "run/worker_pool.h"

#include <algorithm>
#include <system_error>
#include <utility>

namespace calotype {

namespace {

/// What this thread holds, once for each time; with what the thread holds that it works for.
thread_local std::vector<const DeviceSlot*> t_held;

}  // namespace

WorkerPool::~WorkerPool() {
  for (std::jthread& thread : threads_) thread.request_stop();
  threads_.clear();  // joins
}

bool WorkerPool::submit(std::function<void()> job) {
  const std::lock_guard lock(mutex_);
  if (idle_ <= static_cast<int>(jobs_.size()) && static_cast<int>(threads_.size()) < max_threads_) {
    try {
      threads_.emplace_back([this](const std::stop_token& stop) { work(stop); });
    } catch (const std::system_error&) {
      // The machine refuses more threads: go on with those there are.
    }
  }
  if (threads_.empty()) return false;
  jobs_.push_back({std::move(job), t_held});
  wake_.notify_one();
  return true;
}

void WorkerPool::work(const std::stop_token& stop) {
  std::unique_lock lock(mutex_);
  for (;;) {
    ++idle_;
    const bool has_job = wake_.wait(lock, stop, [&] { return !jobs_.empty(); });
    --idle_;
    if (!has_job) return;
    Job job = std::move(jobs_.front());
    jobs_.pop_front();
    lock.unlock();
    t_held = std::move(job.held);
    job.work();
    job.work = nullptr;
    t_held.clear();
    lock.lock();
  }
}

bool DeviceSlot::acquire(const std::stop_token& stop) {
  const bool shared = std::find(t_held.begin(), t_held.end(), this) != t_held.end();
  if (!shared) {
    std::unique_lock lock(mutex_);
    if (!free_.wait(lock, stop, [&] { return !taken_; })) return false;
    taken_ = true;
  }
  t_held.push_back(this);
  return true;
}

void DeviceSlot::release() {
  t_held.pop_back();  // the last one: turns are nested
  if (std::find(t_held.begin(), t_held.end(), this) != t_held.end()) return;
  {
    const std::lock_guard lock(mutex_);
    taken_ = false;
  }
  free_.notify_one();
}

}  // namespace calotype
