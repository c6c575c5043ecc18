#pragma once
/// Texts made from schemas and graphs, so that no list of nodes or parameters is kept by hand. All
/// functions are pure, but graph_help reads subgraphs; the order of their output is that of the
/// registry, the schema and the graph.
#include <string>

#include "calotype/api.h"
#include "calotype/graph.h"
#include "calotype/registry.h"
#include "calotype/schema.h"

namespace calotype {

/// JSON Schema (draft 2020-12) of graph files that use the registry's nodes: editors complete and
/// check node types, inputs and params with it.
CALOTYPE_API std::string graph_json_schema(const Registry&);

/// Reference page of one node type in Markdown.
CALOTYPE_API std::string node_markdown(const NodeSchema&);

/// The same for a terminal: plain text, at most 80 columns where words allow it.
CALOTYPE_API std::string node_help(const NodeSchema&);

/// What a graph takes and gives, in the same form: its inputs with their types and defaults, its
/// outputs with the types of their ports where these can be told. Does not throw when something is
/// wrong with the graph.
CALOTYPE_API std::string graph_help(const Graph&, const Registry&);

/// Python stub (`nodes.pyi`): one class per node type with keyword-only, typed arguments.
CALOTYPE_API std::string python_stubs(const Registry&);

}  // namespace calotype
