#pragma once
/// Runs that are started inside another run, by its nodes or by what observes it.
#include <stop_token>
#include <vector>

#include "calotype/api.h"

namespace calotype {

class DeviceSlot;

/// What a thread works for. A run that it starts meanwhile belongs to it: it shares the devices
/// that the outer run holds, since that waits for it, and stops when the outer one stops. A value
/// type.
class CALOTYPE_API EnclosingRun {
 public:
  /// Of the calling thread; of no effect outside of runs.
  static EnclosingRun current();
  /// The same with another token.
  EnclosingRun with_stop(std::stop_token stop) const;
  const std::stop_token& stop() const { return stop_; }

 private:
  friend class DeviceSlot;
  friend class InsideRun;
  static EnclosingRun& of_this_thread();

  std::vector<const DeviceSlot*> held_;  ///< once for each time
  std::stop_token stop_;
};

/// While one exists, the calling thread works for `run`, which must not end before it is gone.
/// Destroyed on the thread that made it, in reverse order.
class CALOTYPE_API InsideRun {
 public:
  explicit InsideRun(EnclosingRun run);
  ~InsideRun();
  InsideRun(const InsideRun&) = delete;
  InsideRun& operator=(const InsideRun&) = delete;

 private:
  EnclosingRun before_;
};

}  // namespace calotype
