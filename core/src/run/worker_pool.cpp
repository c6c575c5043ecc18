#include "run/worker_pool.h"

#include <algorithm>
#include <system_error>
#include <utility>

namespace calotype {

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
  jobs_.push_back({std::move(job), EnclosingRun::current()});
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
    {
      const InsideRun inside(std::move(job.run));
      job.work();
      job.work = nullptr;
    }
    lock.lock();
  }
}

bool DeviceSlot::acquire(const std::stop_token& stop) {
  auto& held = EnclosingRun::of_this_thread().held_;
  const bool shared = std::find(held.begin(), held.end(), this) != held.end();
  if (!shared) {
    std::unique_lock lock(mutex_);
    if (!free_.wait(lock, stop, [&] { return !taken_; })) return false;
    taken_ = true;
  }
  held.push_back(this);
  return true;
}

void DeviceSlot::release() {
  auto& held = EnclosingRun::of_this_thread().held_;
  held.pop_back();  // the last one: turns are nested
  if (std::find(held.begin(), held.end(), this) != held.end()) return;
  {
    const std::lock_guard lock(mutex_);
    taken_ = false;
  }
  free_.notify_one();
}

}  // namespace calotype
