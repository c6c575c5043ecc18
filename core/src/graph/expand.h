#pragma once
/// Puts the nodes of all subgraphs into one flat list and gives every graph input its value.
#include "calotype/graph.h"
#include "formats/problems.h"
#include "graph/overrides.h"
#include "graph/scope.h"

namespace calotype {

inline constexpr int kMaxSubgraphDepth = 32;
/// Nested subgraphs can multiply; a graph beyond this is refused.
inline constexpr std::size_t kMaxNodes = 1'000'000;
inline constexpr std::size_t kMaxSubgraphs = 10'000;

/// Reads the subgraphs' files. Looks at no node type but "Graph".
Expanded expand(const Graph& graph, Overrides& overrides, Problems& problems);

/// Folder that relative paths in the graph start from; "" is the current one.
std::string folder_of(const Graph& graph);

}  // namespace calotype
