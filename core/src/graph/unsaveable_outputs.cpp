#include <utility>

#include "calotype/validate.h"
#include "calotype/value_io.h"

namespace calotype {

std::vector<ResolvedOutput> unsaveable_outputs(
    const ResolvedGraph& graph, Registry& registry,
    const std::function<bool(const ResolvedLink&)>& is_sure) {
  std::vector<ResolvedOutput> found;
  for (const ResolvedOutput& output : graph.outputs) {
    if (is_sure(output.from)) continue;
    const ResolvedNode& node = graph.nodes[output.from.node];
    // Opens the plugin that must run anyway, and no other.
    (void)registry.node(node.schema->type);
    const PortType* type = registry.port_type(output_type(node, output.from.port));
    if (type && !can_save(*type)) found.push_back(output);
  }
  return found;
}

}  // namespace calotype
