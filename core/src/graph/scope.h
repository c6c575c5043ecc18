#pragma once
/// The whole graph during validation: every file in it is a scope, every node that runs is a flat
/// node. Pointers refer to the caller's graph and to the subgraphs that `Expanded` owns.
#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "calotype/graph.h"
#include "calotype/validate.h"

namespace calotype {

/// What a graph input stands for in one scope.
struct InputBinding {
  const GraphInput* input = nullptr;
  bool carries_port = false;  ///< a value between graphs, not a literal
  bool known = false;         ///< false: it has no value, which was reported
  bool used = false;
  bool by_caller = false;  ///< the value is from the caller's settings
  ParamValue value;
  const GraphInputPort* port = nullptr;  ///< in the scope around this one
  std::vector<ResolvedLink> links;       ///< what `port` resolves to
};

/// What an id means in a scope: a flat node, or the scope of a subgraph.
struct Target {
  bool broken = false;  ///< a subgraph that could not be read, which was reported
  bool is_scope = false;
  std::uint32_t index = 0;
};

struct Scope {
  const Graph* graph = nullptr;
  std::string id;      ///< of the subgraph node, "" for the root
  std::string prefix;  ///< "" or "outer/"
  std::string path;    ///< canonical, to find a file that contains itself
  std::uint32_t parent = 0;
  const GraphNode* node = nullptr;  ///< in the parent; null for the root
  std::unordered_map<std::string_view, Target> ids;
  std::map<std::string_view, InputBinding> inputs;
  /// Outputs by name; nothing when the output is wrong, which was reported.
  std::map<std::string_view, std::optional<ResolvedLink>> outputs;
};

struct FlatNode {
  std::string id;
  const GraphNode* node = nullptr;
  std::uint32_t scope = 0;
  const NodeSchema* schema = nullptr;  ///< null: unknown type, which was reported
  /// By the schema's outputs, when parameters decide them; "" where that is wrong and was reported.
  std::vector<std::string> output_types;
};

struct Expanded {
  std::map<std::string, std::unique_ptr<const Graph>> files;  ///< subgraphs by canonical path
  std::deque<Scope> scopes;                                   ///< parents before children
  std::vector<FlatNode> nodes;                                ///< in declaration order
  std::set<std::string> broken;  ///< ids of subgraphs that could not be read
};

inline bool carries_port(const GraphInput& input) {
  return input.type != "string" && input.type != "int" && input.type != "number" &&
         input.type != "bool";
}

}  // namespace calotype
