#pragma once
#include "run_graph.h"

namespace calotype::cli {

/// Runs the graph in a worker process, and again whenever something that it depends on has changed
/// and then stayed as it is for a moment. Errors are printed and the next change is waited for.
/// Returns when `stop` is requested.
void watch_graph(RunArguments arguments, const GlobalOptions& options, std::stop_token stop);

}  // namespace calotype::cli
