#include <cmath>
#include <nlohmann/json.hpp>

#include "calotype/schema_docs.h"

namespace calotype {

namespace {

using Json = nlohmann::ordered_json;

constexpr const char* kName = "^[a-z][a-z0-9_]{0,255}$";
constexpr const char* kLink = "^[^.]+\\.[^.]+$";

Json definition(const std::string& name) { return {{"$ref", "#/$defs/" + name}}; }

struct DefaultValue {
  Json operator()(std::monostate) const { return nullptr; }
  template <class T>
  Json operator()(const T& v) const {
    return v;
  }
};

/// Bounds of integers are written without a fraction.
Json bound(double v, bool integer) {
  if (integer && std::abs(v) < 9e15) return static_cast<std::int64_t>(v);
  return v;
}

Json literal(const ParamSchema& p) {
  const bool integer = p.kind == ParamKind::integer || p.kind == ParamKind::unsigned_integer;
  Json j;
  if (p.kind == ParamKind::boolean) j["type"] = "boolean";
  if (integer) j["type"] = "integer";
  if (p.kind == ParamKind::number) j["type"] = "number";
  if (p.kind == ParamKind::string) j["type"] = "string";
  if (p.kind == ParamKind::unsigned_integer && !p.min) j["minimum"] = 0;
  if (p.min && std::isfinite(*p.min)) j["minimum"] = bound(*p.min, integer);
  if (p.max && std::isfinite(*p.max)) j["maximum"] = bound(*p.max, integer);
  if (p.multiple_of > 1) j["multipleOf"] = p.multiple_of;
  if (!p.choices.empty()) j["enum"] = p.choices;
  return j;
}

Json param(const ParamSchema& p) {
  Json options = Json::array({literal(p), definition("input")});
  if (p.seed) options.push_back({{"const", "random"}});
  Json j = {{"description", p.unit.empty() ? p.doc : p.doc + " Unit: " + p.unit + "."}};
  if (p.default_value.index() != 0) j["default"] = std::visit(DefaultValue{}, p.default_value);
  j["anyOf"] = std::move(options);
  return j;
}

Json object(Json properties, Json required) {
  Json j = {{"type", "object"}, {"properties", std::move(properties)}};
  if (!required.empty()) j["required"] = std::move(required);
  j["additionalProperties"] = false;
  return j;
}

Json node(const NodeSchema& s) {
  Json inputs = Json::object(), needed_inputs = Json::array();
  for (const PortSchema& p : s.inputs) {
    inputs[p.name] = definition(p.repeated ? "links" : "link");
    inputs[p.name]["description"] = p.type + ": " + p.doc;
    if (!p.optional) needed_inputs.push_back(p.name);
    for (const std::string& was : p.was) inputs[was] = {{"deprecated", true}};
  }
  Json params = Json::object(), needed_params = Json::array();
  for (const ParamSchema& p : s.params) {
    params[p.name] = param(p);
    if (p.required) needed_params.push_back(p.name);
    for (const std::string& was : p.was) params[was] = {{"deprecated", true}};
  }
  Json required = {"type"};
  if (!needed_inputs.empty()) required.push_back("in");
  if (!needed_params.empty()) required.push_back("params");
  Json properties = {{"type", {{"const", s.type}}},
                     {"in", object(std::move(inputs), std::move(needed_inputs))},
                     {"params", object(std::move(params), std::move(needed_params))},
                     {"note", {{"type", "string"}}}};
  Json j = object(std::move(properties), std::move(required));
  j["description"] = s.summary;
  return j;
}

/// A node whose ports only its file knows.
Json subgraph() {
  Json j = object({{"type", {{"const", "Graph"}}},
                   {"file", {{"type", "string"}, {"minLength", 1}}},
                   {"in", {{"type", "object"}, {"additionalProperties", definition("links")}}},
                   {"params", {{"type", "object"}}},
                   {"note", {{"type", "string"}}}},
                  {"type", "file"});
  j["description"] = "The graph of another file.";
  return j;
}

Json map_of(Json values) {
  return {{"type", "object"},
          {"propertyNames", {{"pattern", kName}}},
          {"additionalProperties", std::move(values)}};
}

Json graph_input() {
  return object({{"type",
                  {{"description", "string, int, number, bool, or a port type such as Latent"},
                   {"type", "string"}}},
                 {"default", {{"type", {"string", "number", "boolean"}}}},
                 {"doc", {{"type", "string"}}}},
                {"type"});
}

/// One rule per type instead of one big choice: editors then name the field that is wrong.
Json any_node(const std::vector<const NodeSchema*>& schemas) {
  Json names = {"Graph"}, rules = Json::array();
  const auto add = [&](const std::string& type) {
    rules.push_back(
        {{"if", {{"properties", {{"type", {{"const", type}}}}}, {"required", {"type"}}}},
         {"then", definition("node." + type)}});
  };
  add("Graph");
  for (const NodeSchema* s : schemas) {
    names.push_back(s->type);
    add(s->type);
  }
  return {{"type", "object"},
          {"properties", {{"type", {{"enum", std::move(names)}}}}},
          {"required", Json::array({"type"})},
          {"allOf", std::move(rules)}};
}

}  // namespace

std::string graph_json_schema(const Registry& registry) {
  const auto schemas = registry.schemas();
  Json definitions;
  definitions["input"] =
      object({{"$input", {{"type", "string"}, {"pattern", kName}}}}, Json::array({"$input"}));
  definitions["link"] = {
      {"anyOf", Json::array({Json{{"type", "string"}, {"pattern", kLink}}, definition("input")})}};
  definitions["links"] = {
      {"anyOf",
       Json::array({definition("link"), Json{{"type", "array"}, {"items", definition("link")}}})}};
  definitions["node.Graph"] = subgraph();
  for (const NodeSchema* s : schemas) definitions["node." + s->type] = node(*s);
  definitions["node"] = any_node(schemas);

  Json properties = {{"calotype", {{"description", "Version of the file format."}, {"const", 1}}},
                     {"about", {{"type", "string"}}},
                     {"inputs", map_of(graph_input())},
                     {"nodes", map_of(definition("node"))},
                     {"outputs", map_of({{"type", "string"}, {"pattern", kLink}})}};
  Json root = {{"$schema", "https://json-schema.org/draft/2020-12/schema"},
               {"title", "Calotype graph"}};
  root.update(object(std::move(properties), {"calotype", "nodes"}));
  root["$defs"] = std::move(definitions);
  // A schema's doc may hold any bytes; the text must not.
  return root.dump(2, ' ', false, Json::error_handler_t::replace) + '\n';
}

}  // namespace calotype
