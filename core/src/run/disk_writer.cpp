#include "run/disk_writer.h"

#include <exception>
#include <system_error>
#include <utility>

#include "calotype/value_io.h"

namespace calotype {

namespace {

/// Values that wait to be written stay alive; more than this would defeat early release.
constexpr std::size_t kMaxWaitingBytes = std::size_t{256} << 20;

}  // namespace

DiskWriter::~DiskWriter() {
  {
    const std::lock_guard lock(mutex_);
    closing_ = true;
  }
  changed_.notify_all();
  if (thread_.joinable()) thread_.join();
}

void DiskWriter::add(const Hash128& key, EntryInfo info, Value value) {
  if (!value || !can_save(*value.type())) return;
  const MemoryUse use = value.memory();
  std::unique_lock lock(mutex_);
  if (!thread_.joinable() && !start()) {
    lock.unlock();
    return write({key, std::move(info), std::move(value), 0});
  }
  changed_.wait(lock, [&] { return jobs_.empty() || waiting_bytes_ < kMaxWaitingBytes; });
  waiting_bytes_ += use.host + use.device;
  jobs_.push_back({key, std::move(info), std::move(value), use.host + use.device});
  changed_.notify_all();
}

bool DiskWriter::start() {
  try {
    thread_ = std::thread([this] { work(); });
  } catch (const std::system_error&) {
    return false;  // the machine refuses more threads
  }
  return true;
}

void DiskWriter::work() {
  std::unique_lock lock(mutex_);
  for (;;) {
    changed_.wait(lock, [&] { return closing_ || !jobs_.empty(); });
    if (jobs_.empty()) return;
    Job job = std::move(jobs_.front());
    jobs_.pop_front();
    lock.unlock();
    write(job);
    job.value = {};
    lock.lock();
    waiting_bytes_ -= job.bytes;
    changed_.notify_all();
  }
}

void DiskWriter::write(const Job& job) {
  try {
    disk_.put(job.key, job.info, save_value(job.value));
  } catch (...) {
    // A value that cannot be saved is computed again next time; the run itself succeeded.
  }
}

}  // namespace calotype
