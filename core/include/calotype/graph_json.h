#pragma once
/// Graph files, format version 1: strict reading and canonical writing. Torch-free and safe on
/// hostile input: no recursion without a limit, no unbounded allocation.
#include <filesystem>
#include <string>
#include <string_view>

#include "calotype/api.h"
#include "calotype/graph.h"

namespace calotype {

/// Deepest nesting of arrays and objects that a graph file may have.
inline constexpr int kMaxGraphDepth = 64;
/// Largest graph file in bytes.
inline constexpr std::size_t kMaxGraphBytes = std::size_t{256} << 20;
/// Longest name in bytes: of a node, an input, an output, a port, a param or a type. Messages
/// repeat names.
inline constexpr std::size_t kMaxNameBytes = 256;

/// Parses the text of a graph file. `file` is used in messages and to resolve subgraphs. Throws
/// Error(graph) with every problem of form: not JSON, duplicate or unknown keys, wrong JSON types,
/// malformed ids and links, a newer format version. Does not know node types; see validate.h.
CALOTYPE_API Graph parse_graph(std::string text, std::string file);
/// Reads and parses; throws Error(io) when the file cannot be read (missing, a folder, too large).
CALOTYPE_API Graph read_graph(const std::filesystem::path&);
/// Canonical text: fixed key order and wrapping, author's order of nodes, final newline. Parsing
/// it gives an equal graph.
CALOTYPE_API std::string format_graph(const Graph&);

}  // namespace calotype
