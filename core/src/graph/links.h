#pragma once
/// Resolves "node.port" and $input links of all scopes to flat nodes, and checks port types.
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "calotype/registry.h"
#include "formats/problems.h"
#include "graph/scope.h"

namespace calotype {

class Links {
 public:
  Links(Expanded& graph, const Registry& registry, Problems& problems, Problems& warnings)
      : graph_(graph), registry_(registry), problems_(problems), warnings_(warnings) {}

  /// Resolves what crosses the borders of subgraphs. Node types must be known by now.
  void bind_scopes();
  /// The links of one node, by its schema's inputs.
  std::vector<std::vector<ResolvedLink>> bind_node(const FlatNode& node);
  /// For graph outputs and `outputs` settings: `node` may also be a flat id such as `outer/inner`.
  std::optional<ResolvedLink> find(const PortRef& ref, const SourceRef& where,
                                   std::string_view subject);
  /// "" where a parameter that decides it is wrong.
  const std::string& type_of(const ResolvedLink& link) const {
    const FlatNode& node = graph_.nodes[link.node];
    if (!node.output_types.empty()) return node.output_types[link.port];
    return node.schema->outputs[link.port].type;
  }

 private:
  std::optional<ResolvedLink> find_in(const Scope& scope, const PortRef& ref,
                                      const SourceRef& where, const std::string& node,
                                      const std::string& port);
  std::optional<ResolvedLink> output_of(std::uint32_t node, const std::string& name,
                                        const SourceRef& where, const std::string& reader,
                                        const std::string& port);
  /// `type`: what the port takes; links of other types are reported and left out.
  std::vector<ResolvedLink> follow(std::uint32_t scope, const GraphInputPort& port,
                                   const std::string& type, const std::string& reader);
  void wrong_type(const GraphLink& link, const std::string& type, const ResolvedLink& found,
                  const std::string& reader, const std::string& port);
  std::vector<std::string> ids_of(const Scope& scope) const;
  bool count_links(std::size_t count, const SourceRef& where);

  Expanded& graph_;
  const Registry& registry_;
  Problems& problems_;
  Problems& warnings_;
  std::unordered_map<std::string_view, std::uint32_t> flat_ids_;
  std::size_t links_ = 0;
};

}  // namespace calotype
