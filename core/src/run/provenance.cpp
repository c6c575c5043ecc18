#include "calotype/provenance.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "calotype/graph_json.h"

namespace calotype {

std::map<std::string, std::string> provenance_of(
    const ResolvedGraph& graph, const std::map<std::string, std::string>& file_digests,
    std::string_view torch_version) {
  nlohmann::json models = nlohmann::json::object();
  for (const auto& [param, digest] : file_digests) models[param] = shown_digest(digest);
  return {{kGraphTextKey, format_graph(to_graph(graph))},
          {kFileDigestsKey, models.dump()},
          {"Software", fmt::format("Calotype {} (torch {})", CALOTYPE_VERSION, torch_version)}};
}

}  // namespace calotype
