#include "calotype/provenance.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "calotype/graph_json.h"

namespace calotype {

std::map<std::string, std::string> provenance_of(const ResolvedGraph& graph, FileDigests& digests,
                                                 std::string_view torch_version) {
  nlohmann::json models = nlohmann::json::object();
  for (const ResolvedNode& node : graph.nodes) {
    for (std::size_t i = 0; i < node.files.size(); ++i) {
      if (node.files[i].empty()) continue;
      models[node.id + "." + node.schema->params[i].name] =
          "xxh3-128:" + digests.digest(node.files[i]).hex();
    }
  }
  return {{kGraphTextKey, format_graph(to_graph(graph))},
          {"calotype_models", models.dump()},
          {"Software", fmt::format("Calotype {} (torch {})", CALOTYPE_VERSION, torch_version)}};
}

}  // namespace calotype
