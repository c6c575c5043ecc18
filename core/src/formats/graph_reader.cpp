#include "formats/graph_reader.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>

#include "calotype/graph_json.h"
#include "calotype/validate.h"
#include "formats/graph_names.h"

namespace calotype {

namespace {

constexpr std::int64_t kFormat = 1;
constexpr std::string_view kNode = "the node";  ///< its id is in the message anyway
constexpr std::size_t kMaxLinkBytes = 2 * kMaxNameBytes + 1;

JsonMember* find(JsonObject& object, std::string_view key) {
  for (JsonMember& member : object) {
    if (member.key == key) return &member;
  }
  return nullptr;
}

using LinkParts = std::optional<std::pair<std::string_view, std::string_view>>;

/// The parts of "node.port".
LinkParts link_parts(const JsonValue& v) {
  const auto* text = v.as<std::string>();
  return text && text->size() <= kMaxLinkBytes ? split_link(*text) : LinkParts();
}

}  // namespace

Diagnostic& GraphReader::problem(std::size_t offset) {
  Diagnostic& d = problems_.add(at(offset));
  d.node = node_;
  return d;
}

void GraphReader::wrong_kind(const JsonValue& v, std::string_view name, std::string expected) {
  Diagnostic& d = problem(v.offset);
  if (name != kNode) d.port = name;
  d.expected = std::move(expected);
  d.got = kind_name(v);
}

void GraphReader::missing_key(const JsonValue& v, std::string_view key) {
  problem(v.offset).what = fmt::format("the key {} is missing", quote(key));
}

void GraphReader::check_name(const JsonMember& m, std::string_view what) {
  if (is_name(m.key)) return;
  Diagnostic& d = problem(m.offset);
  d.what = fmt::format("{} {}", what, quote(m.key));
  d.expected = "a small letter, then small letters, digits or \"_\"";
}

bool GraphReader::read_string(JsonValue& v, std::string_view name, std::string& into) {
  if (auto* text = std::get_if<std::string>(&v.value)) {
    into = std::move(*text);
    return true;
  }
  wrong_kind(v, name, "a string");
  return false;
}

bool GraphReader::read_name(JsonValue& v, std::string_view name, std::string& into) {
  if (!read_string(v, name, into)) return false;
  if (into.size() <= kMaxNameBytes) return true;
  Diagnostic& d = problem(v.offset);
  d.port = name;
  d.what = too_long("name", into, kMaxNameBytes);
  into.clear();
  return false;
}

template <class Visit>
bool GraphReader::read_object(JsonValue& v, std::string_view name,
                              std::initializer_list<const char*> keys, Visit visit) {
  auto* object = std::get_if<JsonObject>(&v.value);
  if (!object) {
    wrong_kind(v, name, "an object");
    return false;
  }
  for (JsonMember& m : *object) {
    if (std::find(keys.begin(), keys.end(), m.key) != keys.end()) {
      visit(m);
      continue;
    }
    Diagnostic& d = problem(m.offset);
    d.what = fmt::format("unknown key {} in {}", quote(m.key), name);
    const std::vector<std::string> known(keys.begin(), keys.end());
    d.hint = did_you_mean(suggest(m.key, known));
    if (d.hint.empty()) {
      for (const std::string& key : known) {
        d.hint += (d.hint.empty() ? "known keys: " : ", ") + quote(key);
      }
    }
  }
  return true;
}

bool GraphReader::read_version(JsonObject& root) {
  const JsonMember* m = find(root, "calotype");
  if (!m) {
    Diagnostic& d = problem(0);
    d.what = "the key \"calotype\" is missing";
    d.hint = "a graph file starts with { \"calotype\": 1,";
    return true;
  }
  const auto* version = m->value.as<std::int64_t>();
  if (version && *version > kFormat) {
    problem(m->value.offset).what =
        fmt::format("this file needs a newer Calotype: it has format {}, this program reads {}",
                    *version, kFormat);
    return false;
  }
  if (!version || *version < 1) {
    Diagnostic& d = problem(m->value.offset);
    d.port = "\"calotype\"";
    d.expected = "the number of the file format, 1";
    d.got = version ? std::to_string(*version) : std::string(kind_name(m->value));
  }
  return true;
}

Graph GraphReader::read(JsonValue& root) {
  Graph graph;
  graph.source = source_;
  auto* object = std::get_if<JsonObject>(&root.value);
  if (!object) {
    wrong_kind(root, "the graph", "an object");
    return graph;
  }
  // What a newer format calls unknown here may be right there.
  if (!read_version(*object)) return graph;
  if (!find(*object, "nodes")) missing_key(root, "nodes");
  read_object(root, "the graph", {"calotype", "about", "inputs", "nodes", "outputs"},
              [&](JsonMember& m) {
                if (m.key == "about") read_string(m.value, "\"about\"", graph.about);
                if (m.key == "inputs") read_inputs(m.value, graph);
                if (m.key == "nodes") read_nodes(m.value, graph);
                if (m.key == "outputs") read_outputs(m.value, graph);
              });
  return graph;
}

void GraphReader::read_inputs(JsonValue& v, Graph& graph) {
  auto* object = std::get_if<JsonObject>(&v.value);
  if (!object) return wrong_kind(v, "\"inputs\"", "an object");
  for (JsonMember& m : *object) graph.inputs.push_back(read_input(m));
}

GraphInput GraphReader::read_input(JsonMember& m) {
  GraphInput input;
  input.where = at(m.offset);
  check_name(m, "name of graph input");
  const std::string name = "input " + quote(m.key);
  bool typed = false;
  std::size_t type_at = 0;
  const JsonValue* given = nullptr;
  const bool is_object =
      read_object(m.value, name, {"type", "default", "doc"}, [&](JsonMember& part) {
        if (part.key == "type") {
          typed = true;
          type_at = part.value.offset;
          if (read_name(part.value, name + ", \"type\"", input.type) && input.type.empty()) {
            problem(part.value.offset).what = name + ": the type is empty";
          }
        } else if (part.key == "doc") {
          read_string(part.value, name + ", \"doc\"", input.doc);
        } else if (read_literal(part.value, name + ", \"default\"", input.default_value)) {
          given = &part.value;
        }
      });
  if (is_object && !typed) missing_key(m.value, "type");
  input.name = std::move(m.key);
  static constexpr std::array kTypes = {"string", "int", "number", "bool"};
  const bool value_type = std::find(kTypes.begin(), kTypes.end(), input.type) != kTypes.end();
  const bool port_type =
      !input.type.empty() &&
      input.type.find_first_of("ABCDEFGHIJKLMNOPQRSTUVWXYZ") != std::string::npos;
  if (!input.type.empty() && !value_type && !port_type) {
    Diagnostic& d = problem(type_at);
    d.port = name;
    d.what = "the type is unknown";
    d.expected = "\"string\", \"int\", \"number\", \"bool\" or a port type such as \"Image\"";
    d.got = quote(input.type);
  }
  if (port_type && given) {
    Diagnostic& d = problem(given->offset);
    d.what =
        fmt::format("{} carries a value of type {}, which cannot have a default", name, input.type);
    d.hint = "remove the default";
  }
  return input;
}

void GraphReader::read_nodes(JsonValue& v, Graph& graph) {
  auto* object = std::get_if<JsonObject>(&v.value);
  if (!object) return wrong_kind(v, "\"nodes\"", "an object");
  graph.nodes.reserve(object->size());
  for (JsonMember& m : *object) {
    check_name(m, "node id");
    node_ = m.key;
    graph.nodes.push_back(read_node(m));
    node_.clear();
  }
}

GraphNode GraphReader::read_node(JsonMember& m) {
  GraphNode node;
  node.where = at(m.offset);
  node.type_where = node.where;
  bool typed = false;
  const JsonMember* file = nullptr;
  const bool is_object =
      read_object(m.value, kNode, {"type", "file", "in", "params", "note"}, [&](JsonMember& part) {
        if (part.key == "type") {
          typed = true;
          node.type_where = at(part.value.offset);
          read_name(part.value, "\"type\"", node.type);
        } else if (part.key == "file") {
          file = &part;
          read_string(part.value, "\"file\"", node.file);
        } else if (part.key == "in") {
          read_ports(part.value, node);
        } else if (part.key == "params") {
          read_params(part.value, node);
        } else {
          read_string(part.value, "\"note\"", node.note);
        }
      });
  if (is_object && !typed) missing_key(m.value, "type");
  if (node.type == "Graph" && (!file || node.file.empty())) {
    Diagnostic& d = problem(file ? file->value.offset : m.value.offset);
    d.what = "a node of type \"Graph\" needs a \"file\"";
    d.hint = "name the graph file that stands for this node";
  }
  if (typed && file && node.type != "Graph") {
    Diagnostic& d = problem(file->offset);
    d.what = "only nodes of type \"Graph\" have a \"file\"";
    d.hint = "give a path to a node in its \"params\"";
  }
  node.id = std::move(m.key);
  return node;
}

void GraphReader::read_ports(JsonValue& v, GraphNode& node) {
  auto* object = std::get_if<JsonObject>(&v.value);
  if (!object) return wrong_kind(v, "\"in\"", "an object");
  for (JsonMember& m : *object) {
    GraphInputPort port;
    port.where = at(m.offset);
    const std::string name = "input " + quote(m.key);
    port.name = std::move(m.key);
    GraphLink link;
    if (auto* list = std::get_if<JsonArray>(&m.value.value)) {
      port.list = true;
      for (JsonValue& item : *list) {
        if (read_link(item, name, link)) port.links.push_back(std::move(link));
      }
    } else if (read_link(m.value, name, link)) {
      port.links.push_back(std::move(link));
    }
    node.in.push_back(std::move(port));
  }
}

bool GraphReader::read_link(JsonValue& v, std::string_view name, GraphLink& link) {
  link.where = at(v.offset);
  if (std::holds_alternative<JsonObject>(v.value)) {
    InputRef ref;
    if (!read_input_ref(v, name, ref)) return false;
    link.from = std::move(ref);
    return true;
  }
  if (const auto parts = link_parts(v)) {
    link.from = PortRef{std::string(parts->first), std::string(parts->second)};
    return true;
  }
  Diagnostic& d = malformed_link(v, name);
  const bool is_literal = !v.as<std::string>() && !v.as<JsonArray>();
  if (is_literal) d.hint = "literal values belong into \"params\"";
  return false;
}

Diagnostic& GraphReader::malformed_link(const JsonValue& v, std::string_view name) {
  Diagnostic& d = problem(v.offset);
  d.port = name;
  const auto* text = v.as<std::string>();
  if (text && text->size() > kMaxLinkBytes) {
    d.what = too_long("link", *text, kMaxLinkBytes);
    return d;
  }
  d.expected = "\"node.port\"";
  d.got = text ? quote(*text) : std::string(kind_name(v));
  return d;
}

void GraphReader::read_params(JsonValue& v, GraphNode& node) {
  auto* object = std::get_if<JsonObject>(&v.value);
  if (!object) return wrong_kind(v, "\"params\"", "an object");
  for (JsonMember& m : *object) {
    GraphParam param;
    param.where = at(m.offset);
    param.value_where = at(m.value.offset);
    const std::string name = "param " + quote(m.key);
    param.name = std::move(m.key);
    InputRef ref;
    ParamValue value;
    if (std::holds_alternative<JsonObject>(m.value.value)) {
      if (!read_input_ref(m.value, name, ref)) continue;
      param.value = std::move(ref);
    } else {
      if (!read_literal(m.value, name, value)) continue;
      param.value = std::move(value);
    }
    node.params.push_back(std::move(param));
  }
}

bool GraphReader::read_input_ref(JsonValue& v, std::string_view name, InputRef& ref) {
  auto& object = std::get<JsonObject>(v.value);
  if (object.size() == 1 && object[0].key == "$input") {
    return read_name(object[0].value, "\"$input\"", ref.name);
  }
  Diagnostic& d = problem(v.offset);
  d.port = name;
  d.expected = "an object of the form { \"$input\": \"name\" }";
  const auto odd = std::ranges::find_if(object, [](const auto& m) { return m.key != "$input"; });
  d.got = odd == object.end() ? "{}" : "the key " + quote(odd->key);
  return false;
}

bool GraphReader::read_literal(JsonValue& v, std::string_view name, ParamValue& value) {
  struct Take {
    ParamValue& into;
    bool operator()(bool b) const { return into = b, true; }
    bool operator()(std::int64_t i) const { return into = i, true; }
    bool operator()(std::uint64_t i) const { return into = i, true; }
    bool operator()(double d) const { return into = d, true; }
    bool operator()(std::string& s) const { return into = std::move(s), true; }
    bool operator()(std::monostate&) const { return false; }
    bool operator()(JsonArray&) const { return false; }
    bool operator()(JsonObject&) const { return false; }
  };
  if (std::visit(Take{value}, v.value)) return true;
  wrong_kind(v, name, "a string, a number, true or false");
  return false;
}

void GraphReader::read_outputs(JsonValue& v, Graph& graph) {
  auto* object = std::get_if<JsonObject>(&v.value);
  if (!object) return wrong_kind(v, "\"outputs\"", "an object");
  for (JsonMember& m : *object) {
    check_name(m, "name of graph output");
    GraphOutput output;
    output.where = at(m.value.offset);
    if (const auto parts = link_parts(m.value)) {
      output.from = {std::string(parts->first), std::string(parts->second)};
      output.name = std::move(m.key);
      graph.outputs.push_back(std::move(output));
      continue;
    }
    malformed_link(m.value, "output " + quote(m.key));
  }
}

}  // namespace calotype
