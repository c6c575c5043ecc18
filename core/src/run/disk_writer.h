#pragma once
/// Writes results to the disk cache on its own thread, so that no node waits for the disk.
#include <condition_variable>
#include <cstdint>
#include <deque>
#include <mutex>
#include <thread>

#include "calotype/cache.h"

namespace calotype {

/// One per run; thread-safe. The destructor waits until everything is written.
class DiskWriter {
 public:
  explicit DiskWriter(DiskCache& disk) : disk_(disk) {}
  ~DiskWriter();
  DiskWriter(const DiskWriter&) = delete;
  DiskWriter& operator=(const DiskWriter&) = delete;

  /// Values of types without save hooks are ignored. Waits while very much is unwritten.
  void add(const Hash128& key, EntryInfo info, Value value);

 private:
  struct Job {
    Hash128 key;
    EntryInfo info;
    Value value;
    std::size_t bytes = 0;
  };
  bool start();
  void work();
  void write(const Job&);

  DiskCache& disk_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<Job> jobs_;
  std::size_t waiting_bytes_ = 0;
  bool closing_ = false;
  std::thread thread_;
};

}  // namespace calotype
