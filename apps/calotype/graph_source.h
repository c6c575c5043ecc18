#pragma once
/// Where a graph comes from: a graph file, or a picture that carries the graph that made it.
#include <filesystem>
#include <string>
#include <vector>

#include "calotype/graph.h"
#include "calotype/validate.h"
#include "session.h"

namespace calotype::cli {

/// Throws Error(graph) when the file is neither a graph nor a picture with one, or is malformed.
Graph load_graph(const std::filesystem::path& file);

/// `NAME=VALUE` as given to --set. Throws Error(graph) without "=" and when it is not UTF-8.
std::pair<std::string, ParamValue> parse_setting(const std::string& text);

/// Validates and prints warnings. Throws Error(plugin) when plugins were refused and the graph
/// names a type that is missing, Error(graph) otherwise.
ResolvedGraph validate_graph(const Graph&, const Session&, const GraphSettings&);

}  // namespace calotype::cli
