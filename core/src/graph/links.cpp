#include "graph/links.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "formats/name_hint.h"
#include "graph/type_hint.h"

namespace calotype {

namespace {

/// Lists that are handed through nested subgraphs multiply; beyond this the graph is refused.
constexpr std::size_t kMaxLinks = 16'000'000;

template <class Row>
std::vector<std::string> names_of(const std::vector<Row>& rows) {
  std::vector<std::string> names;
  for (const Row& row : rows) names.push_back(row.name);
  return names;
}

/// Index of the port of this name; former names count and are told apart by `former`.
std::optional<std::uint32_t> index_of(const std::vector<PortSchema>& ports, std::string_view name,
                                      bool& former) {
  former = false;
  for (std::size_t i = 0; i < ports.size(); ++i) {
    if (ports[i].name == name) return static_cast<std::uint32_t>(i);
  }
  former = true;
  for (std::size_t i = 0; i < ports.size(); ++i) {
    for (const std::string& was : ports[i].was) {
      if (was == name) return static_cast<std::uint32_t>(i);
    }
  }
  return {};
}

}  // namespace

void Links::bind_scopes() {
  // Outputs from the inside out: an output may be that of a scope inside.
  for (std::size_t i = graph_.scopes.size(); i-- > 1;) {
    Scope& scope = graph_.scopes[i];
    for (const GraphOutput& output : scope.graph->outputs) {
      scope.outputs[output.name] =
          find_in(scope, output.from, output.where, scope.id, "output " + quote(output.name));
    }
  }
  // Inputs from the outside in: a link may go to an input of the scope around.
  for (std::size_t i = 1; i < graph_.scopes.size(); ++i) {
    Scope& scope = graph_.scopes[i];
    for (auto& [name, binding] : scope.inputs) {
      if (!binding.port) continue;
      binding.links = follow(scope.parent, *binding.port, binding.input->type, scope.id);
      binding.known = !binding.links.empty();
    }
  }
}

std::vector<std::string> Links::ids_of(const Scope& scope) const {
  std::vector<std::string> ids;
  for (const GraphNode& node : scope.graph->nodes) ids.push_back(node.id);
  return ids;
}

std::optional<ResolvedLink> Links::find_in(const Scope& scope, const PortRef& ref,
                                           const SourceRef& where, const std::string& node,
                                           const std::string& port) {
  const auto found = scope.ids.find(ref.node);
  if (found == scope.ids.end()) {
    if (problems_.full()) {
      problems_.add(where);
      return {};
    }
    Diagnostic& d = problems_.add(where);
    d.node = node;
    d.port = port;
    d.what = "there is no node " + quote(ref.node);
    d.hint = name_hint(ref.node, "the nodes", ids_of(scope));
    return {};
  }
  const Target target = found->second;
  if (target.broken) return {};
  if (!target.is_scope) return output_of(target.index, ref.port, where, node, port);
  const Scope& inner = graph_.scopes[target.index];
  const auto output = inner.outputs.find(ref.port);
  if (output != inner.outputs.end()) return output->second;
  Diagnostic& d = problems_.add(where);
  d.node = node;
  d.port = port;
  d.what = fmt::format("the graph {} has no output {}", quote(inner.node->file), quote(ref.port));
  d.hint = name_hint(ref.port, "its outputs", names_of(inner.graph->outputs));
  return {};
}

std::optional<ResolvedLink> Links::output_of(std::uint32_t node, const std::string& name,
                                             const SourceRef& where, const std::string& reader,
                                             const std::string& port) {
  const FlatNode& source = graph_.nodes[node];
  if (!source.schema) return {};
  bool former = false;
  const auto index = index_of(source.schema->outputs, name, former);
  if (index && !former) return ResolvedLink{node, *index};
  Diagnostic& d = (index ? warnings_ : problems_).add(where);
  d.node = reader;
  d.port = port;
  if (index) {
    d.what = fmt::format("output {} of {} is now called {}", quote(name), source.schema->type,
                         quote(source.schema->outputs[*index].name));
    return ResolvedLink{node, *index};
  }
  d.what = fmt::format("node {} ({}) has no output {}", quote(source.id), source.schema->type,
                       quote(name));
  d.hint = name_hint(name, "its outputs", names_of(source.schema->outputs));
  return {};
}

bool Links::count_links(std::size_t count, const SourceRef& where) {
  const bool before = links_ > kMaxLinks;
  links_ += count;
  if (links_ <= kMaxLinks) return true;
  if (!before)
    problems_.add(where).what = fmt::format("the graph has more than {} links", kMaxLinks);
  return false;
}

std::vector<ResolvedLink> Links::follow(std::uint32_t scope_index, const GraphInputPort& port,
                                        const std::string& type, const std::string& reader) {
  Scope& scope = graph_.scopes[scope_index];
  const std::string subject = "input " + quote(port.name);
  std::vector<ResolvedLink> links;
  for (const GraphLink& link : port.links) {
    if (const auto* ref = std::get_if<PortRef>(&link.from)) {
      const auto found = find_in(scope, *ref, link.where, reader, subject);
      if (!found) continue;
      const std::string& got = type_of(*found);
      if (got.empty()) continue;
      if (got != type && type != kAnyType) {
        wrong_type(link, type, *found, reader, subject);
      } else if (count_links(1, link.where)) {
        links.push_back(*found);
      }
      continue;
    }
    const std::string& name = std::get<InputRef>(link.from).name;
    const auto outer = scope.inputs.find(name);
    if (outer == scope.inputs.end()) {
      Diagnostic& d = problems_.add(link.where);
      d.node = reader;
      d.port = subject;
      d.what = "the graph has no input " + quote(name);
      d.hint = name_hint(name, "its inputs", names_of(scope.graph->inputs));
      continue;
    }
    InputBinding& binding = outer->second;
    binding.used = true;
    if (binding.input->type != type && type != kAnyType) {
      Diagnostic& d = problems_.add(link.where);
      d.node = reader;
      d.port = subject;
      d.expected = type;
      d.got = fmt::format("{} from the graph's input {}", binding.input->type, quote(name));
    } else if (count_links(binding.links.size(), link.where)) {
      links.insert(links.end(), binding.links.begin(), binding.links.end());
    }
  }
  return links;
}

void Links::wrong_type(const GraphLink& link, const std::string& type, const ResolvedLink& found,
                       const std::string& reader, const std::string& port) {
  const bool full = problems_.full();
  Diagnostic& d = problems_.add(link.where);
  if (full) return;
  const auto& ref = std::get<PortRef>(link.from);
  d.node = reader;
  d.port = port;
  d.expected = type;
  d.got = fmt::format("{} from {}", type_of(found), quote(ref.node + '.' + ref.port));
  d.hint = type_hint(graph_, registry_, type, type_of(found), reader);
}

std::vector<std::vector<ResolvedLink>> Links::bind_node(const FlatNode& node) {
  const NodeSchema& schema = *node.schema;
  std::vector<std::vector<ResolvedLink>> inputs(schema.inputs.size());
  std::vector<bool> given(schema.inputs.size());
  for (const GraphInputPort& port : node.node->in) {
    bool former = false;
    const auto index = index_of(schema.inputs, port.name, former);
    if (!index) {
      Diagnostic& d = problems_.add(port.where);
      d.node = node.id;
      const bool is_param = schema.param(port.name) != nullptr;
      d.what = is_param
                   ? fmt::format("{} is a param of {}, not an input", quote(port.name), schema.type)
                   : fmt::format("{} has no input {}", schema.type, quote(port.name));
      d.hint = is_param ? "move it to \"params\""
                        : name_hint(port.name, "its inputs", names_of(schema.inputs));
      continue;
    }
    const PortSchema& expected = schema.inputs[*index];
    if (former) {
      Diagnostic& d = warnings_.add(port.where);
      d.node = node.id;
      d.what = fmt::format("input {} is now called {}", quote(port.name), quote(expected.name));
    }
    if (given[*index]) {
      Diagnostic& d = problems_.add(port.where);
      d.node = node.id;
      d.port = "input " + quote(expected.name);
      d.what = "it is given twice";
      continue;
    }
    given[*index] = true;
    auto links = follow(node.scope, port, expected.type, node.id);
    if (!expected.repeated && (links.size() > 1 || port.links.size() > 1)) {
      Diagnostic& d = problems_.add(port.where);
      d.node = node.id;
      d.port = "input " + quote(expected.name);
      d.expected = "one link";
      d.got = fmt::format("{} links", std::max(links.size(), port.links.size()));
    }
    if (port.links.empty() && !expected.optional) given[*index] = false;
    inputs[*index] = std::move(links);
  }
  for (std::size_t i = 0; i < schema.inputs.size(); ++i) {
    const PortSchema& port = schema.inputs[i];
    if (given[i] || port.optional) continue;
    const bool full = problems_.full();
    Diagnostic& d = problems_.add(node.node->where);
    if (full) continue;
    d.node = node.id;
    d.port = "input " + quote(port.name);
    d.what = "it is missing";
    if (port.type == kAnyType) {
      d.expected = "a link to any output";
      continue;
    }
    d.expected = "a link to a " + port.type;
    d.hint = type_hint(graph_, registry_, port.type, "", node.id);
  }
  return inputs;
}

std::optional<ResolvedLink> Links::find(const PortRef& ref, const SourceRef& where,
                                        std::string_view subject) {
  const Scope& root = graph_.scopes.front();
  if (!root.ids.contains(ref.node)) {
    if (flat_ids_.empty()) {
      for (std::size_t i = 0; i < graph_.nodes.size(); ++i) {
        flat_ids_.try_emplace(graph_.nodes[i].id, static_cast<std::uint32_t>(i));
      }
    }
    const auto flat = flat_ids_.find(ref.node);
    if (flat != flat_ids_.end()) {
      return output_of(flat->second, ref.port, where, "", std::string(subject));
    }
  }
  return find_in(root, ref, where, "", std::string(subject));
}

}  // namespace calotype
