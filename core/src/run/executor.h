#pragma once
/// Runs the selected nodes of a plan on the calling thread and on threads of a pool.
#include <cstdint>
#include <mutex>
#include <vector>

#include "calotype/engine.h"
#include "run/disk_writer.h"
#include "run/plan_tables.h"
#include "run/selection.h"
#include "run/worker_pool.h"

namespace calotype {

/// Calls one observer from many threads, one call at a time. Null: every call does nothing.
class ObserverCalls {
 public:
  explicit ObserverCalls(Observer* observer) : observer_(observer) {}
  explicit operator bool() const { return observer_ != nullptr; }

  /// An observer that throws breaks its contract; the run goes on.
  template <class Call>
  void operator()(Call call) {
    if (!observer_) return;
    try {
      {
        const std::lock_guard lock(mutex_);
        call(*observer_);
      }
      observer_->deliver();
    } catch (...) {
    }
  }

 private:
  Observer* observer_;
  std::mutex mutex_;
};

/// What an execution works with; everything outlives it.
struct ExecutionSetup {
  const PlanTables& plan;
  Selection& selection;
  Registry& registry;
  MemoryCache* memory;  ///< null: do not keep results
  MemoryCache& held;    ///< emptied when memory runs out
  DiskWriter* disk;     ///< null: do not write results
  ObserverCalls& observer;
  WorkerPool& pool;
  DeviceSlot& device;
  int workers;
  std::stop_source stop;             ///< requested at the first failure too
  std::vector<NodeReport>& reports;  ///< per node; filled in for those that ran
};

/// Runs all of `selection.to_run`; wanted outputs are in `selection.values` afterwards. Throws the
/// first failure, Error(cancelled) after a stop request that left nodes unfinished.
void execute(const ExecutionSetup&);

}  // namespace calotype
