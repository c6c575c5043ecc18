#pragma once
/// The graph that a picture carries.
#include <filesystem>

#include "calotype/graph.h"

namespace calotype {

/// Reads a graph file, or the graph that a .png written by Calotype carries. Throws Error(graph)
/// when there is none or it is malformed, Error(io) when the file cannot be read.
Graph read_graph_or_picture(const std::filesystem::path& file);

}  // namespace calotype
