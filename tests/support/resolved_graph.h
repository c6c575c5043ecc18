#pragma once
/// Builds resolved graphs by hand, so that tests of the engine need no reader and no validation.
#include <initializer_list>
#include <map>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "calotype/validate.h"

namespace calotype::test {

class GraphBuilder {
 public:
  using Params = std::vector<std::pair<std::string, ParamValue>>;
  using Inputs = std::vector<std::pair<std::string, std::vector<std::string>>>;

  explicit GraphBuilder(const Registry& registry, std::string file = {}) : registry_(&registry) {
    if (file.empty()) return;
    graph_.source = std::make_shared<const SourceText>(SourceText{std::move(file), "{}\n"});
  }

  /// Inputs name nodes, of which they take the first output. Nodes must follow their inputs.
  GraphBuilder& add(const std::string& id, const std::string& type, const Params& params = {},
                    const Inputs& inputs = {}) {
    ResolvedNode node;
    node.id = id;
    node.schema = registry_->schema(type);
    if (!node.schema) throw std::runtime_error("no node type " + type);
    node.where = {graph_.source, 0};
    node.inputs.resize(node.schema->inputs.size());
    for (const auto& [port, sources] : inputs) {
      for (const std::string& source : sources) {
        node.inputs.at(index_of(node.schema->inputs, port)).push_back({indices_.at(source), 0});
      }
    }
    node.files.resize(node.schema->params.size());
    for (const ParamSchema& p : node.schema->params) node.params.push_back(p.default_value);
    for (const auto& [name, value] : params) {
      const std::size_t i = index_of(node.schema->params, name);
      node.params[i] = value;
      if (node.schema->params[i].file) node.files[i] = std::get<std::string>(value);
    }
    indices_[id] = static_cast<std::uint32_t>(graph_.nodes.size());
    graph_.nodes.push_back(std::move(node));
    return *this;
  }

  GraphBuilder& output(const std::string& node) {
    graph_.outputs.push_back({node, {indices_.at(node), 0}});
    return *this;
  }

  ResolvedGraph build() const { return graph_; }

 private:
  template <class Row>
  static std::size_t index_of(const std::vector<Row>& rows, const std::string& name) {
    for (std::size_t i = 0; i < rows.size(); ++i) {
      if (rows[i].name == name) return i;
    }
    throw std::runtime_error("no field " + name);
  }

  const Registry* registry_;
  ResolvedGraph graph_;
  std::map<std::string, std::uint32_t> indices_;
};

/// c0 -> c1 -> ... : a Constant, then Adds; the last one is wanted.
inline ResolvedGraph chain_graph(const Registry& registry, int nodes, double value = 1) {
  GraphBuilder g(registry);
  g.add("c0", "Constant", {{"value", value}});
  for (int i = 1; i < nodes; ++i) {
    g.add("c" + std::to_string(i), "Add", {{"offset", 1.0}},
          {{"a", {"c" + std::to_string(i - 1)}}});
  }
  return g.output("c" + std::to_string(nodes - 1)).build();
}

}  // namespace calotype::test
