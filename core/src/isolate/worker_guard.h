#pragma once
/// What a worker process does beside running its graph.
#include <functional>
#include <stop_token>
#include <thread>

#include "isolate/message_channel.h"

namespace calotype {

/// While it lives: the caller's wish to stop is passed on; the process ends when the caller is
/// gone; and a thread that crashes, or calls exit(), first waits until `all_written` says that
/// finished results are on disk, at most two seconds. One per process.
class WorkerGuard {
 public:
  /// `all_written` is called from the guard's thread.
  WorkerGuard(MessageChannel& caller, std::function<bool()> all_written);
  WorkerGuard(const WorkerGuard&) = delete;
  WorkerGuard& operator=(const WorkerGuard&) = delete;

  std::stop_token stop() const { return stop_.get_token(); }

 private:
  void watch(const std::stop_token& ended);

  MessageChannel& caller_;
  const std::function<bool()> all_written_;
  std::stop_source stop_;
  std::jthread thread_;
};

}  // namespace calotype
