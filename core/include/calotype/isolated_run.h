#pragma once
/// Runs a graph in a worker process, so that the caller survives whatever a plugin does: a crash,
/// exit(), a hang, running out of memory. Torch-free. See docs/isolation.md.
#include <chrono>
#include <cstdint>

#include "calotype/api.h"
#include "calotype/engine.h"

namespace calotype {

struct IsolateOptions {
  /// The run is stopped when it takes longer; 0 = no limit.
  std::chrono::milliseconds timeout{0};
  /// Bytes of memory that the worker may write to, mapped model files included; 0 = no limit.
  std::uint64_t memory_limit = 0;
  /// A worker that was asked to stop, by `timeout` or by RunOptions::stop, is killed after this.
  std::chrono::milliseconds grace{2000};
};

/// Like Engine::run on a prepared graph: the same observer calls (from the calling thread), reports
/// and errors, the last with every field. `engine` says which caches the worker uses; only the disk
/// cache outlives it, with everything that was finished when a run failed. Outputs are archives,
/// mapped from files that have no name any more; they need `registry` as long as they live.
///
/// Throws what Engine::prepare and Engine::run throw, and besides
/// Error(run) naming the node and plugin that ran when the worker died or the time was over;
/// Error(graph) for a node that is part of this program and of no plugin library, or an output
/// whose type cannot be saved;
/// Error(io) when the worker cannot be started.
/// May be called by several threads at once; keeps no state. The worker dies with the thread that
/// calls.
CALOTYPE_API RunResult run_isolated(const ResolvedGraph& graph, Registry& registry,
                                    const EngineOptions& engine, const IsolateOptions& options,
                                    const RunOptions& run = {});

}  // namespace calotype
