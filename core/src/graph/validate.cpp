#include "calotype/validate.h"

#include <fmt/format.h>

#include <algorithm>
#include <unordered_map>
#include <utility>

#include "formats/graph_names.h"
#include "formats/name_hint.h"
#include "formats/problems.h"
#include "graph/expand.h"
#include "graph/links.h"
#include "graph/memory_rule.h"
#include "graph/order.h"
#include "graph/overrides.h"
#include "graph/params.h"

namespace calotype {

namespace {

/// How the messages start that a missing plugin may explain.
constexpr std::string_view kNoPlugin = "no plugin has ";

class Validator {
 public:
  Validator(const Graph& graph, const Registry& registry, const GraphSettings& settings)
      : graph_(graph), registry_(registry), settings_(settings), overrides_(settings) {}

  ResolvedGraph run(std::vector<Diagnostic>* warnings) {
    all_ = expand(graph_, overrides_, problems_);
    find_types();
    bind_params();
    Links links(all_, registry_, problems_, warnings_);
    links.bind_scopes();
    for (std::size_t i = 0; i < all_.nodes.size(); ++i) {
      if (all_.nodes[i].schema) result_.nodes[i].inputs = links.bind_node(all_.nodes[i]);
    }
    bind_outputs(links);
    overrides_.report_unknown(all_, problems_);
    report_unused_inputs();
    const Order order = order_nodes(result_.nodes);
    report_cycles(order);
    if (warnings) *warnings = warnings_.take();
    problems_.throw_if_any();
    return arrange(order);
  }

  /// Whatever is wrong, as far as it goes.
  std::vector<std::string> output_types() {
    all_ = expand(graph_, overrides_, problems_);
    find_types();
    bind_params();
    Links links(all_, registry_, problems_, warnings_);
    links.bind_scopes();
    std::vector<std::string> types;
    for (const GraphOutput& output : graph_.outputs) {
      const auto link = links.find(output.from, output.where, "");
      types.push_back(link ? links.type_of(*link) : "");
    }
    return types;
  }

 private:
  void find_types() {
    std::unordered_map<std::string_view, const NodeSchema*> known;
    for (FlatNode& node : all_.nodes) {
      const std::string& type = node.node->type;
      const auto [found, fresh] = known.try_emplace(type);
      if (fresh) found->second = registry_.schema(type);
      node.schema = found->second;
      if (!node.schema) {
        unknown_type(node);
      } else if (node.schema->type != type) {
        Diagnostic& d = warnings_.add(node.node->type_where);
        d.node = node.id;
        d.what =
            fmt::format("node type {} is now called {}", quote(type), quote(node.schema->type));
      }
    }
  }

  void unknown_type(const FlatNode& node) {
    const bool full = problems_.full();
    Diagnostic& d = problems_.add(node.node->type_where);
    if (full) return;
    d.node = node.id;
    d.what = fmt::format("{}node type {}", kNoPlugin, quote(node.node->type));
    std::vector<std::string> types = {"Graph"};
    for (const NodeSchema* schema : registry_.schemas()) types.push_back(schema->type);
    d.hint = did_you_mean(suggest(node.node->type, types));
  }

  /// Before the links: a parameter may decide the type of an output.
  void bind_params() {
    Params params(all_, overrides_, settings_.seed, problems_, warnings_);
    result_.nodes.resize(all_.nodes.size());
    for (std::size_t i = 0; i < all_.nodes.size(); ++i) {
      FlatNode& node = all_.nodes[i];
      ResolvedNode& resolved = result_.nodes[i];
      resolved.id = node.id;
      resolved.schema = node.schema;
      resolved.where = node.node->where;
      if (!node.schema) continue;
      Params::Result bound = params.bind(node);
      if (bound.complete) {
        check_memory(node, bound.values, settings_.memory_limit, problems_);
      }
      resolved.params = std::move(bound.values);
      resolved.files = std::move(bound.files);
      resolved.set_files = std::move(bound.set_files);
      decide_types(node, resolved);
    }
  }

  void decide_types(FlatNode& node, const ResolvedNode& resolved) {
    const std::vector<PortSchema>& outputs = node.schema->outputs;
    for (std::uint32_t p = 0; p < outputs.size(); ++p) {
      if (outputs[p].type_param.empty()) continue;
      if (node.output_types.empty()) {
        for (const PortSchema& port : outputs) node.output_types.push_back(port.type);
      }
      std::string& type = node.output_types[p];
      type = output_type(resolved, p);
      if (type == kAnyType) type.clear();  // the parameter is missing, which was reported
      if (type.empty()) continue;
      if (known_types_.empty()) known_types_ = registry_.port_type_names();
      if (std::binary_search(known_types_.begin(), known_types_.end(), type)) continue;
      Diagnostic& d = problems_.add(node.node->where);
      d.node = node.id;
      d.port = "param " + quote(outputs[p].type_param);
      d.what = fmt::format("{}port type {}", kNoPlugin, quote(type));
      d.hint = did_you_mean(suggest(type, known_types_));
      type.clear();
    }
  }

  void bind_outputs(Links& links) {
    bool effects = false;
    for (const FlatNode& node : all_.nodes) effects |= node.schema && node.schema->impure;
    const bool own = settings_.outputs.empty() || settings_.keep_graph_outputs;
    if (own && graph_.outputs.empty() && settings_.outputs.empty() && !effects) {
      Diagnostic& d = problems_.add({});
      if (graph_.source) d.file = graph_.source->file;
      d.what = "the graph has no outputs";
      d.hint = "add \"outputs\": { \"image\": \"node.port\" }";
    }
    if (own) {
      for (const GraphOutput& output : graph_.outputs) {
        const auto link = links.find(output.from, output.where, "output " + quote(output.name));
        if (link) result_.outputs.push_back({output.name, *link});
      }
    }
    std::unordered_map<std::string, std::size_t> places;
    for (std::size_t i = 0; i < result_.outputs.size(); ++i) {
      places.try_emplace(result_.outputs[i].name, i);
    }
    for (const auto& [name, from] : settings_.outputs) {
      const auto link = find_wanted(name, from, links);
      if (!link) continue;
      const auto [place, fresh] = places.try_emplace(name, result_.outputs.size());
      if (fresh) {
        result_.outputs.push_back({name, *link});
      } else {
        result_.outputs[place->second].from = *link;
      }
    }
  }

  std::optional<ResolvedLink> find_wanted(const std::string& name, const std::string& from,
                                          Links& links) {
    const std::size_t dot = from.rfind('.');
    const std::string subject = "output " + quote(name);
    if (dot != std::string::npos && dot != 0 && dot + 1 != from.size()) {
      return links.find({from.substr(0, dot), from.substr(dot + 1)}, {}, subject);
    }
    const bool full = problems_.full();
    Diagnostic& d = problems_.add({});
    if (full) return {};
    d.port = subject;
    d.expected = "an output of the graph or \"node.port\"";
    d.got = quote(from);
    std::vector<std::string> outputs;
    for (const GraphOutput& output : graph_.outputs) outputs.push_back(output.name);
    d.hint = name_hint(from, "its outputs", outputs);
    return {};
  }

  void report_unused_inputs() {
    for (const Scope& scope : all_.scopes) {
      for (const auto& [name, binding] : scope.inputs) {
        if (binding.used) continue;
        warnings_.add(binding.input->where).what =
            fmt::format("the graph's input {} is not used", quote(name));
      }
    }
  }

  void report_cycles(const Order& order) {
    constexpr std::size_t kMaxNamed = 12;
    for (const auto& cycle : order.cycles) {
      Diagnostic& d = problems_.add(result_.nodes[cycle[0]].where);
      d.what = "these nodes wait for each other: ";
      for (std::size_t i = 0; i < cycle.size() && i < kMaxNamed; ++i) {
        d.what += result_.nodes[cycle[i]].id + " -> ";
      }
      if (cycle.size() > kMaxNamed)
        d.what += fmt::format("({} more) -> ", cycle.size() - kMaxNamed);
      d.what += result_.nodes[cycle[0]].id;
      d.hint = "remove one of these links";
    }
  }

  ResolvedGraph arrange(const Order& order) {
    std::vector<std::uint32_t> place(order.nodes.size());
    ResolvedGraph arranged;
    arranged.source = graph_.source;
    arranged.nodes.reserve(order.nodes.size());
    for (const std::uint32_t old : order.nodes) {
      place[old] = static_cast<std::uint32_t>(arranged.nodes.size());
      arranged.nodes.push_back(std::move(result_.nodes[old]));
    }
    for (ResolvedNode& node : arranged.nodes) {
      for (auto& links : node.inputs) {
        for (ResolvedLink& link : links) link.node = place[link.node];
      }
    }
    for (ResolvedOutput& output : result_.outputs) {
      output.from.node = place[output.from.node];
      arranged.outputs.push_back(std::move(output));
    }
    return arranged;
  }

  const Graph& graph_;
  const Registry& registry_;
  const GraphSettings& settings_;
  Overrides overrides_;
  Problems problems_;
  Problems warnings_{Severity::warning};
  Expanded all_;
  std::vector<std::string> known_types_;  ///< sorted; filled when asked for
  ResolvedGraph result_;
};

}  // namespace

const std::string& output_type(const ResolvedNode& node, std::uint32_t port) {
  const PortSchema& schema = node.schema->outputs[port];
  if (schema.type_param.empty()) return schema.type;
  for (std::size_t i = 0; i < node.params.size(); ++i) {
    if (node.schema->params[i].name != schema.type_param) continue;
    if (const auto* name = std::get_if<std::string>(&node.params[i])) return *name;
  }
  return schema.type;
}

ResolvedGraph validate(const Graph& graph, const Registry& registry, const GraphSettings& settings,
                       std::vector<Diagnostic>* warnings) {
  return Validator(graph, registry, settings).run(warnings);
}

std::vector<std::string> output_types(const Graph& graph, const Registry& registry) {
  return Validator(graph, registry, {}).output_types();
}

bool misses_type(const Error& error) {
  return std::ranges::any_of(error.diagnostics(),
                             [](const Diagnostic& d) { return d.what.starts_with(kNoPlugin); });
}

}  // namespace calotype
