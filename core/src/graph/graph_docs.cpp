#include <fmt/format.h>

#include "calotype/schema_docs.h"
#include "calotype/validate.h"
#include "graph/schema_text.h"

namespace calotype {

std::string graph_help(const Graph& graph, const Registry& registry) {
  const std::size_t count = graph.nodes.size();
  std::string out = fmt::format("{} node{}\n", count, count == 1 ? "" : "s");
  out += wrapped(graph.about, 2);
  if (!graph.inputs.empty()) out += "\ninputs:\n";
  for (const GraphInput& input : graph.inputs) {
    const bool is_required = input.default_value.index() == 0;
    out += fmt::format("  {}: {}, {}\n", input.name, input.type,
                       is_required ? "required" : to_text(input.default_value));
    out += wrapped(input.doc, 6);
  }
  if (!graph.outputs.empty()) out += "\noutputs:\n";
  const std::vector<std::string> types = output_types(graph, registry);
  for (std::size_t i = 0; i < types.size(); ++i) {
    const GraphOutput& output = graph.outputs[i];
    out += fmt::format("  {}: {}{}from {}.{}\n", output.name, types[i],
                       types[i].empty() ? "" : ", ", output.from.node, output.from.port);
  }
  return out;
}

}  // namespace calotype
