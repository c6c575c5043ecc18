#include "graph/overrides.h"

#include <fmt/format.h>

#include "formats/name_hint.h"

namespace calotype {

namespace {

std::vector<std::string> param_names(const FlatNode& node) {
  std::vector<std::string> names;
  if (!node.schema) return names;
  for (const ParamSchema& p : node.schema->params) names.push_back(p.name);
  return names;
}

std::vector<std::string> input_names(const Scope& scope) {
  std::vector<std::string> names;
  for (const GraphInput& input : scope.graph->inputs) names.push_back(input.name);
  return names;
}

const GraphInput* find_input(const Scope& scope, const std::string& name) {
  for (const GraphInput& input : scope.graph->inputs) {
    if (input.name == name) return &input;
  }
  return nullptr;
}

void report_input(const Expanded& graph, const std::string& name, Problems& problems) {
  // It takes a value from another graph, which is reported.
  if (find_input(graph.scopes.front(), name)) return;
  Diagnostic& d = problems.add({});
  d.what = "the graph has no input " + quote(name);
  const std::vector<std::string> inputs = input_names(graph.scopes.front());
  d.hint = did_you_mean(suggest(name, inputs));
  if (!d.hint.empty()) return;
  for (const FlatNode& node : graph.nodes) {
    if (!node.schema || !node.schema->param(name)) continue;
    d.hint = did_you_mean(node.id + '.' + name);
    return;
  }
  d.hint = inputs.empty() ? "it has no inputs: name a parameter as \"node.param\""
                          : list_names("its inputs", inputs);
}

void report_param(const Expanded& graph, const std::string& id, const std::string& name,
                  Problems& problems) {
  for (const FlatNode& node : graph.nodes) {
    if (node.id != id) continue;
    if (!node.schema) return;  // its unknown type is reported
    Diagnostic& d = problems.add({});
    d.what = "node " + quote(id) + " has no param " + quote(name);
    d.hint = name_hint(name, "its params", param_names(node));
    return;
  }
  for (const Scope& scope : graph.scopes) {
    if (scope.node == nullptr || scope.id != id) continue;
    Diagnostic& d = problems.add({});
    if (const GraphInput* input = find_input(scope, name)) {
      d.what = fmt::format("input {} of node {} carries a value of type {}", quote(name), quote(id),
                           input->type);
      d.hint = "only a link in the graph can give it";
      return;
    }
    d.what = "node " + quote(id) + " has no param " + quote(name);
    d.hint = name_hint(name, "its inputs", input_names(scope));
    return;
  }
  if (graph.broken.contains(id)) return;
  Diagnostic& d = problems.add({});
  d.what = "the graph has no node " + quote(id);
  std::vector<std::string> ids;
  for (const FlatNode& node : graph.nodes) ids.push_back(node.id);
  for (const Scope& scope : graph.scopes) {
    if (scope.node) ids.push_back(scope.id);
  }
  d.hint = name_hint(id, "its nodes", ids);
}

}  // namespace

Overrides::Overrides(const GraphSettings& settings) {
  for (const auto& [name, value] : settings.set) {
    const std::size_t dot = name.rfind('.');
    const std::string node = dot == std::string::npos ? "" : name.substr(0, dot);
    const std::string param = dot == std::string::npos ? name : name.substr(dot + 1);
    by_node_[node][param] = {value, false};
  }
}

const ParamValue* Overrides::take(std::string_view node, std::string_view param) {
  const auto settings = by_node_.find(node);
  if (settings == by_node_.end()) return nullptr;
  const auto found = settings->second.find(param);
  if (found == settings->second.end()) return nullptr;
  found->second.used = true;
  return &found->second.value;
}

void Overrides::report_unknown(const Expanded& graph, Problems& problems) const {
  for (const auto& [node, settings] : by_node_) {
    for (const auto& [param, setting] : settings) {
      if (setting.used) continue;
      if (node.empty()) {
        report_input(graph, param, problems);
      } else {
        report_param(graph, node, param, problems);
      }
    }
  }
}

}  // namespace calotype
