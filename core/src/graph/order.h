#pragma once
/// An order in which every node follows its inputs.
#include <cstdint>
#include <vector>

#include "calotype/validate.h"

namespace calotype {

struct Order {
  std::vector<std::uint32_t> nodes;                ///< all nodes that are in no cycle's wake
  std::vector<std::vector<std::uint32_t>> cycles;  ///< each in the direction of its links
};

/// `nodes[i].inputs` are indices into `nodes`. Among nodes that are free to run, the one declared
/// first comes first. Linear but for a heap; no recursion.
Order order_nodes(const std::vector<ResolvedNode>& nodes);

}  // namespace calotype
