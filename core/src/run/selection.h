#pragma once
/// Which nodes of a plan must run, and what the caches give for the others.
#include <cstdint>
#include <map>
#include <stop_token>
#include <vector>

#include "calotype/observer.h"
#include "run/plan_tables.h"

namespace calotype {

struct Selection {
  std::vector<NodeStatus> status;    ///< per node; `ran` stands for "must run"
  std::vector<std::uint8_t> needed;  ///< per slot: kByOutput, kByNode or both
  std::vector<Value> values;         ///< per slot: what the caches held
  /// Slots that came from disk and are wanted only as outputs of the run: left closed.
  std::map<std::uint32_t, TensorArchive> archives;
  std::vector<std::uint32_t> to_run;  ///< in plan order

  static constexpr std::uint8_t kByOutput = 1;  ///< the caller wants it
  static constexpr std::uint8_t kByNode = 2;    ///< a node that runs reads it
};

/// Null pointers stand for caches that are off.
struct Caches {
  MemoryCache* memory = nullptr;
  DiskCache* disk = nullptr;
};

/// Walks back from the wanted outputs and from impure nodes without outputs, stopping at cached
/// results. Throws Error(cancelled); opens plugins only for values that a running node reads.
Selection select(const PlanTables&, Registry&, const Caches&, const std::stop_token&);

}  // namespace calotype
