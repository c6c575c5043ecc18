#pragma once
/// Refuses nodes that plan to take more memory than there is, before anything runs.
#include <cstdint>
#include <vector>

#include "formats/problems.h"
#include "graph/scope.h"

namespace calotype {

/// `params` are complete and in the schema's order. `limit` 0: physical memory.
void check_memory(const FlatNode& node, const std::vector<ParamValue>& params, std::uint64_t limit,
                  Problems& problems);

}  // namespace calotype
