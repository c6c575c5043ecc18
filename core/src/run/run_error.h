#pragma once
/// Gives a node's failure its place: graph file and line, node, type, plugin and inputs.
#include <exception>
#include <vector>

#include "calotype/error.h"
#include "calotype/validate.h"
#include "calotype/value.h"

namespace calotype {

/// Error(cancelled) stays as it is; everything else becomes Error(run) with one diagnostic for the
/// node, followed by further diagnostics of the cause.
Error node_error(const ResolvedNode&, const std::vector<std::vector<Value>>& inputs,
                 const std::exception_ptr& cause);

}  // namespace calotype
