#include "graph/params.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <utility>

#include "formats/name_hint.h"
#include "graph/expand.h"
#include "graph/param_check.h"

namespace calotype {

namespace fs = std::filesystem;

namespace {

/// The param of this name; former names count and are told apart by `former`.
std::optional<std::size_t> index_of(const NodeSchema& schema, std::string_view name, bool& former) {
  former = false;
  for (std::size_t i = 0; i < schema.params.size(); ++i) {
    if (schema.params[i].name == name) return i;
  }
  former = true;
  for (std::size_t i = 0; i < schema.params.size(); ++i) {
    for (const std::string& was : schema.params[i].was) {
      if (was == name) return i;
    }
  }
  return {};
}

}  // namespace

std::string resolve_file(const std::string& path, const Graph& graph, bool by_caller) {
  const fs::path asked = path;
  std::error_code ignored;
  if (path.empty() || asked.is_absolute() || fs::exists(asked, ignored)) return path;
  const fs::path beside = (fs::path(folder_of(graph)) / asked).lexically_normal();
  return by_caller && !fs::exists(beside, ignored) ? path : beside.string();
}

Diagnostic& Params::problem(const SourceRef& where, const FlatNode& node,
                            const ParamSchema& schema) {
  Diagnostic& d = problems_.add(where);
  d.node = node.id;
  d.port = "param " + quote(schema.name);
  return d;
}

bool Params::unknown(const FlatNode& node, const GraphParam& given) {
  const NodeSchema& schema = *node.schema;
  Diagnostic& d = problems_.add(given.where);
  d.node = node.id;
  if (schema.input(given.name)) {
    d.what = fmt::format("{} is an input of {}, not a param", quote(given.name), schema.type);
    d.hint = "move it to \"in\"";
    return false;
  }
  d.what = fmt::format("{} has no param {}", schema.type, quote(given.name));
  std::vector<std::string> names;
  for (const ParamSchema& p : schema.params) names.push_back(p.name);
  d.hint = name_hint(given.name, "its params", names);
  return false;
}

bool Params::bind_input(const FlatNode& node, const GraphParam& given, std::size_t index,
                        Result& result) {
  const ParamSchema& schema = node.schema->params[index];
  Scope& scope = graph_.scopes[node.scope];
  const std::string& name = std::get<InputRef>(given.value).name;
  const auto found = scope.inputs.find(name);
  if (found == scope.inputs.end()) {
    Diagnostic& d = problem(given.value_where, node, schema);
    d.what = "the graph has no input " + quote(name);
    std::vector<std::string> names;
    for (const GraphInput& input : scope.graph->inputs) names.push_back(input.name);
    d.hint = name_hint(name, "its inputs", names);
    return false;
  }
  InputBinding& binding = found->second;
  binding.used = true;
  const std::string_view wanted = input_type(schema.kind);
  const std::string& type = binding.input->type;
  if (type != wanted && !(wanted == "number" && type == "int")) {
    Diagnostic& d = problem(given.value_where, node, schema);
    d.expected = to_text(schema.kind);
    d.got = fmt::format("the graph's input {} of type {}", quote(name), type);
    return false;
  }
  if (!binding.known) return false;
  Misfit misfit;
  auto fitting = fit(binding.value, schema, false, misfit);
  if (!fitting) {
    Diagnostic& d = problem(given.value_where, node, schema);
    d.expected = misfit.expected;
    d.got = fmt::format("{} from the graph's input {}", misfit.got, quote(name));
    d.hint = misfit.hint;
    return false;
  }
  result.values[index] = std::move(*fitting);
  if (schema.file && binding.by_caller) result.set_files.push_back(index);
  return true;
}

bool Params::bind_given(const FlatNode& node, const GraphParam& given, std::vector<bool>& done,
                        Result& result) {
  bool former = false;
  const auto index = index_of(*node.schema, given.name, former);
  if (!index) return unknown(node, given);
  const ParamSchema& schema = node.schema->params[*index];
  if (former) {
    Diagnostic& d = warnings_.add(given.where);
    d.node = node.id;
    d.what = fmt::format("param {} is now called {}", quote(given.name), quote(schema.name));
  }
  if (done[*index]) {
    problem(given.where, node, schema).what = "it is given twice";
    return false;
  }
  done[*index] = true;
  const auto* literal = std::get_if<ParamValue>(&given.value);
  if (!literal) return bind_input(node, given, *index, result);
  Misfit misfit;
  auto fitting = fit(*literal, schema, false, misfit);
  if (!fitting) {
    Diagnostic& d = problem(given.value_where, node, schema);
    d.expected = std::move(misfit.expected);
    d.got = std::move(misfit.got);
    d.hint = std::move(misfit.hint);
    return false;
  }
  result.values[*index] = std::move(*fitting);
  return true;
}

Params::Result Params::bind(const FlatNode& node) {
  const NodeSchema& schema = *node.schema;
  Result result;
  result.complete = true;
  result.values.resize(schema.params.size());
  result.files.resize(schema.params.size());
  std::vector<bool> done(schema.params.size());
  for (const GraphParam& given : node.node->params) {
    if (!bind_given(node, given, done, result)) result.complete = false;
  }
  const bool overridden = overrides_.any_for(node.id);
  for (std::size_t i = 0; i < schema.params.size(); ++i) {
    const ParamSchema& param = schema.params[i];
    const ParamValue* set = nullptr;
    if (overridden) {
      set = overrides_.take(node.id, param.name);
      for (const std::string& was : param.was) {
        if (!set) set = overrides_.take(node.id, was);
      }
    }
    if (param.seed && seed_) set = &*seed_;
    if (set) {
      Misfit misfit;
      auto fitting = fit(*set, param, true, misfit);
      if (fitting) {
        result.values[i] = std::move(*fitting);
        if (param.file) result.set_files.push_back(i);
      } else {
        Diagnostic& d = problem({}, node, param);
        d.expected = std::move(misfit.expected);
        d.got = std::move(misfit.got);
        d.hint = std::move(misfit.hint);
        result.complete = false;
      }
    } else if (!done[i]) {
      result.values[i] = param.default_value;
      if (param.required) {
        Diagnostic& d = problem(node.node->where, node, param);
        d.what = "it is missing";
        d.expected = param.file ? "a path" : to_text(param.kind);
        result.complete = false;
      }
    }
    if (const auto* path = std::get_if<std::string>(&result.values[i]); param.file && path) {
      const bool by_caller = std::ranges::find(result.set_files, i) != result.set_files.end();
      result.files[i] = resolve_file(*path, *graph_.scopes[node.scope].graph, by_caller);
    }
  }
  return result;
}

}  // namespace calotype
