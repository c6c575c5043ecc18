#pragma once
/// From a graph as written to a graph that can run: subgraphs expanded, names resolved, types and
/// values checked, defaults filled in. Runs no node and opens no plugin.
#include <filesystem>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "calotype/api.h"
#include "calotype/graph.h"
#include "calotype/registry.h"
#include "calotype/value.h"

namespace calotype {

/// Output `port` of resolved node `node`, both as indices.
struct ResolvedLink {
  std::uint32_t node = 0;
  std::uint32_t port = 0;
};

/// One node, ready to run. Vectors follow the schema's order.
struct ResolvedNode {
  std::string id;  ///< `outer/inner` inside subgraphs
  const NodeSchema* schema = nullptr;
  std::vector<std::vector<ResolvedLink>> inputs;  ///< empty = absent; several = repeated
  std::vector<ParamValue> params;                 ///< complete and checked
  std::vector<std::string> files;      ///< per param: path to open for `file` params, else ""
  std::vector<std::size_t> set_files;  ///< the `file` params whose path the caller set
  SourceRef where;
};

/// The port type of an output, which a parameter may decide.
CALOTYPE_API const std::string& output_type(const ResolvedNode& node, std::uint32_t port);

struct ResolvedOutput {
  std::string name;
  ResolvedLink from;
};

/// In an order in which every node follows its inputs (ties by declaration order).
struct ResolvedGraph {
  std::vector<ResolvedNode> nodes;
  std::vector<ResolvedOutput> outputs;
  std::shared_ptr<const SourceText> source;
};

/// Changes that the caller asks for, on top of the graph file.
struct GraphSettings {
  /// `name` sets a graph input, `node.param` any parameter. A text is read as the parameter's
  /// kind ("24" for an integer); other alternatives must fit it.
  std::vector<std::pair<std::string, ParamValue>> set;
  /// Ports wanted beside or instead of the graph's outputs: name -> "node.port". Empty: the
  /// graph's own outputs.
  std::vector<std::pair<std::string, std::string>> outputs;
  bool keep_graph_outputs = true;
  /// For every seed parameter, also inside subgraphs; wins over `set`. A number, a text that is
  /// one, or "random", which draws a number for each.
  std::optional<ParamValue> seed;
  /// Bytes of memory that a node may plan to take; 0 = this machine's physical memory.
  std::uint64_t memory_limit = 0;
};

/// Throws Error(graph) with all problems at once. `warnings` gets renamed params and the like.
/// Random seeds are replaced by numbers below 2^53.
CALOTYPE_API ResolvedGraph validate(const Graph&, const Registry&, const GraphSettings& = {},
                                    std::vector<Diagnostic>* warnings = nullptr);

/// The port types of the graph's outputs, also of a graph that lacks values for its inputs; "" for
/// one that a problem hides.
CALOTYPE_API std::vector<std::string> output_types(const Graph&, const Registry&);

/// True when `error`, thrown by `validate`, says that no plugin has a type that the graph names.
CALOTYPE_API bool misses_type(const Error& error);

/// The resolved graph as a graph file that gives the same result: subgraphs inlined (ids with `/`
/// become `__`), inputs replaced by values, all defaults and seeds written out. Outputs whose names
/// stand in no graph file, such as "decode.image", are called by their ports.
CALOTYPE_API Graph to_graph(const ResolvedGraph&);

/// One diagnostic for each file parameter whose file or folder does not exist now, or is a pipe, a
/// socket or a device.
CALOTYPE_API std::vector<Diagnostic> missing_files(const ResolvedGraph&);

/// The outputs that cannot be written to a file because of their type. Opens the plugins of their
/// nodes, but for outputs that the caller `is_sure` of. Throws Error(plugin).
CALOTYPE_API std::vector<ResolvedOutput> unsaveable_outputs(
    const ResolvedGraph& graph, Registry& registry,
    const std::function<bool(const ResolvedLink&)>& is_sure);

/// The candidate that `word` abbreviates ("euler_a" for "euler_ancestral"), else the nearest one
/// (edit distance at most a third of the length), or "" when none is near enough to be meant.
/// Letter case counts as no edit, nor do the spaces and "++" of titles such as "DPM++ 2M".
CALOTYPE_API std::string suggest(std::string_view word, const std::vector<std::string>& candidates);

}  // namespace calotype
