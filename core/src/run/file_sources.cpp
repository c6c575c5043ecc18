#include "run/file_sources.h"

#include <algorithm>
#include <utility>

#include "calotype/value_io.h"
#include "run/file_uses.h"

namespace calotype {

FileSources::FileSources(const PlanTables& plan, const Registry& registry) : plan_(plan) {
  if (plan.files.empty()) return;
  for (std::uint32_t i = 0; i < plan.graph.nodes.size(); ++i) {
    std::vector<std::uint32_t> sources;
    if (plan.files.contains(i)) sources.push_back(i);
    for (const auto& links : plan.graph.nodes[i].inputs) {
      for (const ResolvedLink& link : links) {
        const auto opened = sources_.find(link.node);
        if (opened == sources_.end()) continue;
        const PortType* type =
            registry.port_type(output_type(plan.graph.nodes[link.node], link.port));
        if (!type || can_save(*type)) continue;
        sources.insert(sources.end(), opened->second.begin(), opened->second.end());
      }
    }
    if (sources.empty()) continue;
    std::ranges::sort(sources);
    sources.erase(std::unique(sources.begin(), sources.end()), sources.end());
    sources_.emplace(i, std::move(sources));
  }
}

std::optional<ChangedFile> FileSources::changed(std::uint32_t node) const {
  const auto sources = sources_.find(node);
  if (sources == sources_.end()) return {};
  for (const std::uint32_t source : sources->second) {
    std::string path = changed_file(plan_, source);
    if (!path.empty()) return ChangedFile{source, std::move(path)};
  }
  return {};
}

}  // namespace calotype
