#include "graph/expand.h"

#include <fmt/format.h>

#include <filesystem>
#include <utility>

#include "calotype/graph_json.h"
#include "formats/graph_names.h"
#include "formats/name_hint.h"
#include "graph/param_check.h"

namespace calotype {

namespace fs = std::filesystem;

namespace {

std::string canonical(const std::string& path) {
  std::error_code error;
  const fs::path real = fs::weakly_canonical(path, error);
  return error ? path : real.string();
}

class Expander {
 public:
  Expander(Overrides& overrides, Problems& problems) : overrides_(overrides), problems_(problems) {}

  Expanded run(const Graph& root) {
    Scope& scope = all_.scopes.emplace_back();
    scope.graph = &root;
    if (root.source && !root.source->file.empty()) scope.path = canonical(root.source->file);
    bind_root_inputs(scope);
    add_nodes(0, 0);
    return std::move(all_);
  }

 private:
  Diagnostic& problem(const SourceRef& where, const std::string& node) {
    Diagnostic& d = problems_.add(where);
    d.node = node;
    return d;
  }

  /// Depth is limited, and so is this recursion.
  void add_nodes(std::uint32_t index, int depth) {
    Scope& scope = all_.scopes[index];  // a deque: stays in place while scopes are added
    scope.ids.reserve(scope.graph->nodes.size());
    for (const GraphNode& node : scope.graph->nodes) {
      if (all_.nodes.size() >= kMaxNodes || all_.scopes.size() > kMaxSubgraphs) {
        if (!std::exchange(too_many_, true)) {
          problem(node.where, "").what = fmt::format(
              "the graph has more than {} nodes or {} subgraphs", kMaxNodes, kMaxSubgraphs);
        }
        return;
      }
      std::string id = scope.prefix + node.id;
      const auto [known, fresh] = scope.ids.try_emplace(node.id);
      if (!fresh || !is_name(node.id)) {
        problem(node.where, id).what =
            fresh ? "the id is not a small letter followed by small letters, digits or \"_\""
                  : "the id is used twice";
        if (!fresh) continue;
      }
      if (node.type != "Graph") {
        known->second = {false, false, static_cast<std::uint32_t>(all_.nodes.size())};
        all_.nodes.push_back({std::move(id), &node, index, nullptr});
      } else {
        known->second = {false, true, static_cast<std::uint32_t>(all_.scopes.size())};
        if (!add_subgraph(node, id, index, depth)) {
          known->second.broken = true;
          all_.broken.insert(std::move(id));
        }
      }
    }
  }

  bool add_subgraph(const GraphNode& node, std::string id, std::uint32_t parent, int depth) {
    const std::string folder = folder_of(*all_.scopes[parent].graph);
    const std::string file = (fs::path(folder) / node.file).lexically_normal().string();
    Scope scope;
    scope.path = canonical(file);
    if (depth + 1 > kMaxSubgraphDepth) {
      problem(node.type_where, id).what =
          fmt::format("subgraphs are nested more than {} deep", kMaxSubgraphDepth);
      return false;
    }
    if (contains_itself(scope.path, parent)) {
      Diagnostic& d = problem(node.type_where, id);
      d.what = "the graph " + quote(file) + " contains itself";
      return false;
    }
    scope.graph = load(scope.path, file, node, id);
    if (!scope.graph) return false;
    scope.prefix = id + '/';
    scope.id = std::move(id);
    scope.parent = parent;
    scope.node = &node;
    bind_inputs(scope);
    all_.scopes.push_back(std::move(scope));
    add_nodes(static_cast<std::uint32_t>(all_.scopes.size() - 1), depth + 1);
    return true;
  }

  bool contains_itself(const std::string& path, std::uint32_t parent) const {
    for (std::uint32_t i = parent;; i = all_.scopes[i].parent) {
      if (all_.scopes[i].path == path) return true;
      if (i == 0) return false;
    }
  }

  const Graph* load(const std::string& path, const std::string& file, const GraphNode& node,
                    const std::string& id) {
    const auto [found, fresh] = all_.files.try_emplace(path);
    if (!fresh) return found->second.get();
    std::error_code ignored;
    if (fs::is_other(file, ignored)) {  // opening it may wait for ever, and what is read is gone
      problem(node.type_where, id).what =
          "cannot read " + quote(file) + ": it is neither a file nor a folder";
      return nullptr;
    }
    try {
      found->second = std::make_unique<const Graph>(read_graph(file));
    } catch (const Error& e) {
      for (const Diagnostic& inner : e.diagnostics()) {
        if (inner.file.empty()) {
          problem(node.type_where, id).what = inner.what;
        } else {
          problems_.add({}) = inner;
        }
      }
    }
    return found->second.get();
  }

  void bind_root_inputs(Scope& scope) {
    for (const GraphInput& input : scope.graph->inputs) {
      InputBinding& binding = scope.inputs[input.name];
      binding.input = &input;
      binding.carries_port = carries_port(input);
      if (binding.carries_port) {
        Diagnostic& d = problem(input.where, "");
        d.what = fmt::format("input {} carries a value of type {}", quote(input.name), input.type);
        d.hint = fmt::format(
            "use this graph as a node of type \"Graph\" in another one, or give the value from "
            "Python: engine.run(graph, {{{}: value}})",
            quote(input.name));
        continue;
      }
      const ParamValue* set = overrides_.take("", input.name);
      set_value(binding, set ? *set : input.default_value, set != nullptr,
                set ? SourceRef{} : input.where, "");
      if (!set && input.default_value.index() == 0) {
        Diagnostic& d = problem(input.where, "");
        d.what = "input " + quote(input.name) + " has no value";
        d.hint = "set it for this run, or give it a \"default\"";
      }
    }
  }

  void set_value(InputBinding& binding, const ParamValue& value, bool by_caller,
                 const SourceRef& where, const std::string& node) {
    if (value.index() == 0 && !by_caller) return;
    Misfit misfit;
    const auto fitting = fit_input(value, binding.input->type, by_caller, misfit);
    if (fitting) {
      binding.value = *fitting;
      binding.known = true;
      binding.by_caller = by_caller;
      return;
    }
    Diagnostic& d = problem(where, node);
    d.port = (node.empty() ? "input " : "param ") + quote(binding.input->name);
    d.expected = misfit.expected;
    d.got = misfit.got;
    d.hint = misfit.hint;
  }

  void bind_inputs(Scope& scope) {
    const GraphNode& node = *scope.node;
    for (const GraphInput& input : scope.graph->inputs) {
      InputBinding& binding = scope.inputs[input.name];
      binding.input = &input;
      binding.carries_port = carries_port(input);
    }
    for (const GraphInputPort& port : node.in) {
      InputBinding* binding = find(scope, port.name, port.where, "input");
      if (!binding) continue;
      if (binding->carries_port) {
        binding->port = &port;
      } else {
        Diagnostic& d = problem(port.where, scope.id);
        d.what = fmt::format("{} is a {}, not a link", quote(port.name), binding->input->type);
        d.hint = "move it to \"params\"";
        binding->used = true;
      }
    }
    for (const GraphParam& param : node.params) bind_param(scope, param);
    for (auto& [name, binding] : scope.inputs) {
      if (binding.carries_port) {
        if (!binding.port) missing(scope, binding, "in");
        continue;
      }
      if (const ParamValue* set = overrides_.take(scope.id, name)) {
        binding.known = false;
        set_value(binding, *set, true, {}, scope.id);
      } else if (!binding.known && !given(node, name)) {
        if (binding.input->default_value.index() == 0) {
          missing(scope, binding, "params");
        } else {
          set_value(binding, binding.input->default_value, false, binding.input->where, "");
        }
      }
    }
  }

  static bool given(const GraphNode& node, std::string_view name) {
    for (const GraphParam& p : node.params) {
      if (p.name == name) return true;
    }
    for (const GraphInputPort& p : node.in) {
      if (p.name == name) return true;
    }
    return false;
  }

  void missing(const Scope& scope, const InputBinding& binding, std::string_view key) {
    Diagnostic& d = problem(scope.node->where, scope.id);
    d.port = "input " + quote(binding.input->name);
    d.what = "it is missing";
    d.expected = binding.input->type;
    d.hint = fmt::format("add it to \"{}\" of this node", key);
  }

  void bind_param(Scope& scope, const GraphParam& param) {
    InputBinding* binding = find(scope, param.name, param.where, "param");
    if (!binding) return;
    if (binding->carries_port) {
      Diagnostic& d = problem(param.where, scope.id);
      d.what = fmt::format("{} takes a link to a {}", quote(param.name), binding->input->type);
      d.hint = "move it to \"in\"";
      return;
    }
    if (const auto* literal = std::get_if<ParamValue>(&param.value)) {
      set_value(*binding, *literal, false, param.value_where, scope.id);
      return;
    }
    Scope& parent = all_.scopes[scope.parent];
    const std::string& name = std::get<InputRef>(param.value).name;
    const auto outer = parent.inputs.find(name);
    if (outer == parent.inputs.end() || outer->second.carries_port) {
      Diagnostic& d = problem(param.value_where, scope.id);
      d.port = "param " + quote(param.name);
      d.what = outer == parent.inputs.end() ? "the graph has no input " + quote(name)
                                            : fmt::format("input {} carries a {}, not a literal",
                                                          quote(name), outer->second.input->type);
      return;
    }
    outer->second.used = true;
    if (outer->second.known) {
      set_value(*binding, outer->second.value, false, param.value_where, scope.id);
      binding->by_caller = outer->second.by_caller;
    }
  }

  InputBinding* find(Scope& scope, const std::string& name, const SourceRef& where,
                     std::string_view what) {
    const auto found = scope.inputs.find(name);
    if (found != scope.inputs.end()) return &found->second;
    Diagnostic& d = problem(where, scope.id);
    d.what = fmt::format("the graph {} has no input {}", quote(scope.node->file), quote(name));
    std::vector<std::string> names;
    for (const GraphInput& input : scope.graph->inputs) names.push_back(input.name);
    d.hint = name_hint(name, "its inputs", names);
    d.port = fmt::format("{} {}", what, quote(name));
    return nullptr;
  }

  Overrides& overrides_;
  Problems& problems_;
  Expanded all_;
  bool too_many_ = false;
};

}  // namespace

std::string folder_of(const Graph& graph) {
  if (!graph.source) return {};
  return fs::path(graph.source->file).parent_path().string();
}

Expanded expand(const Graph& graph, Overrides& overrides, Problems& problems) {
  return Expander(overrides, problems).run(graph);
}

}  // namespace calotype
