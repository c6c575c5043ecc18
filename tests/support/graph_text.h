#pragma once
#include <string>
#include <vector>

#include "calotype/graph_json.h"
#include "calotype/validate.h"
#include "support/fake_nodes.h"

namespace calotype::test {

/// A graph from the members of "nodes" and "outputs", with single quotes for double ones.
inline Graph graph_from(std::string nodes, std::string outputs = "", std::string inputs = "") {
  std::string text = "{'calotype':1,'inputs':{" + inputs + "},'nodes':{" + nodes + "},'outputs':{" +
                     outputs + "}}";
  for (char& c : text) {
    if (c == '\'') c = '"';
  }
  return parse_graph(std::move(text), "");
}

inline ResolvedGraph validated(const Graph& graph, const GraphSettings& settings = {},
                               std::vector<Diagnostic>* warnings = nullptr) {
  // The resolved graph points to schemas of the registry.
  static const auto registry = fake_registry();
  return validate(graph, *registry, settings, warnings);
}

/// Text of the error that validation throws.
inline std::string problem_of(const Graph& graph, const GraphSettings& settings = {}) {
  try {
    validated(graph, settings);
  } catch (const Error& e) {
    return e.what();
  }
  return "accepted";
}

inline const ResolvedNode& node(const ResolvedGraph& graph, std::string_view id) {
  for (const ResolvedNode& n : graph.nodes) {
    if (n.id == id) return n;
  }
  throw std::runtime_error("no such node");
}

}  // namespace calotype::test
