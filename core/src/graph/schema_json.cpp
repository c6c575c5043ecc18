#include "calotype/schema_json.h"

#include <cmath>
#include <limits>
#include <nlohmann/json.hpp>
#include <stdexcept>
#include <utility>

#include "calotype/error.h"

namespace calotype {

namespace {

using Json = nlohmann::ordered_json;

constexpr const char* kKinds[] = {"boolean", "integer", "unsigned_integer", "number", "string"};
constexpr const char* kLanes[] = {"cpu", "io", "device"};

/// JSON has no word for infinities and NaN; they travel as texts.
Json write_real(double v) {
  if (std::isnan(v)) return "nan";
  if (std::isinf(v)) return v > 0 ? "inf" : "-inf";
  return v;
}

double read_real(const Json& j) {
  if (!j.is_string()) return j.get<double>();
  if (j == "nan") return std::numeric_limits<double>::quiet_NaN();
  if (j == "inf") return std::numeric_limits<double>::infinity();
  if (j == "-inf") return -std::numeric_limits<double>::infinity();
  throw std::invalid_argument("unknown real " + j.get<std::string>());
}

/// The alternative is named, because 1, 1u and 1.0 are different defaults.
struct WriteValue {
  Json operator()(std::monostate) const { return nullptr; }
  Json operator()(bool v) const { return {{"boolean", v}}; }
  Json operator()(std::int64_t v) const { return {{"integer", v}}; }
  Json operator()(std::uint64_t v) const { return {{"unsigned_integer", v}}; }
  Json operator()(double v) const { return {{"number", write_real(v)}}; }
  Json operator()(const std::string& v) const { return {{"string", v}}; }
};

template <class Integer>
Integer read_integer(const Json& j) {
  if (!j.is_number_integer()) throw std::invalid_argument("not an integer: " + j.dump());
  return j.get<Integer>();
}

ParamValue read_value(const Json& j) {
  if (!j.is_object() || j.size() != 1) throw std::invalid_argument("not a value: " + j.dump());
  const std::string kind = j.items().begin().key();
  const Json& v = j.at(kind);
  if (kind == "boolean") return v.get<bool>();
  if (kind == "integer") return read_integer<std::int64_t>(v);
  if (kind == "unsigned_integer") return read_integer<std::uint64_t>(v);
  if (kind == "number") return read_real(v);
  if (kind == "string") return v.get<std::string>();
  throw std::invalid_argument("unknown kind of value " + kind);
}

template <class Enum, std::size_t N>
Enum read_enum(const Json& j, const char* const (&names)[N]) {
  for (std::size_t i = 0; i < N; ++i) {
    if (j == names[i]) return static_cast<Enum>(i);
  }
  throw std::invalid_argument("unknown name " + j.dump());
}

template <class T>
void read_member(const Json& j, const char* key, T& member) {
  const auto found = j.find(key);
  if (found != j.end()) found->get_to(member);
}

void write_names(Json& j, const char* key, const std::vector<std::string>& names) {
  if (!names.empty()) j[key] = names;
}

Json write_port(const PortSchema& p) {
  Json j = {{"name", p.name}, {"type", p.type}, {"doc", p.doc}};
  if (p.optional) j["optional"] = true;
  if (p.repeated) j["repeated"] = true;
  write_names(j, "was", p.was);
  if (!p.type_param.empty()) j["type_param"] = p.type_param;
  return j;
}

PortSchema read_port(const Json& j) {
  PortSchema p;
  j.at("name").get_to(p.name);
  j.at("type").get_to(p.type);
  j.at("doc").get_to(p.doc);
  read_member(j, "optional", p.optional);
  read_member(j, "repeated", p.repeated);
  read_member(j, "was", p.was);
  read_member(j, "type_param", p.type_param);
  return p;
}

Json write_param(const ParamSchema& p) {
  Json j = {{"name", p.name}, {"kind", kKinds[static_cast<int>(p.kind)]}, {"doc", p.doc}};
  if (p.default_value.index() != 0) j["default"] = std::visit(WriteValue{}, p.default_value);
  if (p.optional) j["optional"] = true;
  if (p.required) j["required"] = true;
  if (p.min) j["min"] = write_real(*p.min);
  if (p.max) j["max"] = write_real(*p.max);
  if (p.multiple_of != 0) j["multiple_of"] = p.multiple_of;
  write_names(j, "choices", p.choices);
  if (!p.unit.empty()) j["unit"] = p.unit;
  if (p.file) j["file"] = true;
  if (!p.companion.empty()) j["companion"] = p.companion;
  if (p.seed) j["seed"] = true;
  write_names(j, "was", p.was);
  return j;
}

ParamSchema read_param(const Json& j) {
  ParamSchema p;
  j.at("name").get_to(p.name);
  p.kind = read_enum<ParamKind>(j.at("kind"), kKinds);
  j.at("doc").get_to(p.doc);
  if (j.contains("default")) p.default_value = read_value(j["default"]);
  read_member(j, "optional", p.optional);
  read_member(j, "required", p.required);
  if (j.contains("min")) p.min = read_real(j["min"]);
  if (j.contains("max")) p.max = read_real(j["max"]);
  if (j.contains("multiple_of")) p.multiple_of = read_integer<std::int64_t>(j["multiple_of"]);
  read_member(j, "choices", p.choices);
  read_member(j, "unit", p.unit);
  read_member(j, "file", p.file);
  read_member(j, "companion", p.companion);
  read_member(j, "seed", p.seed);
  read_member(j, "was", p.was);
  return p;
}

template <class Row, class Write>
Json write_rows(const std::vector<Row>& rows, Write write) {
  Json j = Json::array();
  for (const Row& row : rows) j.push_back(write(row));
  return j;
}

template <class Row, class Read>
void read_rows(const Json& j, std::vector<Row>& rows, Read read) {
  for (const Json& row : j) rows.push_back(read(row));
}

Json write_schema(const NodeSchema& s) {
  Json j = {{"type", s.type}, {"version", s.version}, {"summary", s.summary}};
  j["inputs"] = write_rows(s.inputs, write_port);
  j["params"] = write_rows(s.params, write_param);
  j["outputs"] = write_rows(s.outputs, write_port);
  j["lane"] = kLanes[static_cast<int>(s.lane)];
  if (!s.code.empty()) j["code"] = s.code;
  if (s.impure) j["impure"] = true;
  if (!s.same_type.empty()) j["same_type"] = s.same_type;
  if (s.memory) {
    j["memory"] = {{"params", s.memory->params},
                   {"bytes_per_unit", write_real(s.memory->bytes_per_unit)}};
  }
  write_names(j, "was", s.was);
  j["plugin"] = s.plugin;
  return j;
}

NodeSchema read_schema(const Json& j) {
  NodeSchema s;
  j.at("type").get_to(s.type);
  s.version = read_integer<int>(j.at("version"));
  j.at("summary").get_to(s.summary);
  read_rows(j.at("inputs"), s.inputs, read_port);
  read_rows(j.at("params"), s.params, read_param);
  read_rows(j.at("outputs"), s.outputs, read_port);
  s.lane = read_enum<Lane>(j.at("lane"), kLanes);
  read_member(j, "code", s.code);
  read_member(j, "impure", s.impure);
  read_member(j, "same_type", s.same_type);
  if (j.contains("memory")) {
    MemoryRule rule;
    j["memory"].at("params").get_to(rule.params);
    rule.bytes_per_unit = read_real(j["memory"].at("bytes_per_unit"));
    s.memory = std::move(rule);
  }
  read_member(j, "was", s.was);
  j.at("plugin").get_to(s.plugin);
  return s;
}

}  // namespace

std::string schemas_to_json(const std::vector<const NodeSchema*>& schemas) {
  std::string text = "[";
  for (const NodeSchema* schema : schemas) {
    if (text.size() > 1) text += ',';
    try {
      text += '\n' + write_schema(*schema).dump();
    } catch (const Json::exception&) {
      throw Error(ErrorCode::plugin,
                  "node type " + quote(schema->type) + " has a text that is not UTF-8",
                  "save the plugin's source files as UTF-8");
    }
  }
  return text + "\n]\n";
}

std::vector<NodeSchema> schemas_from_json(std::string_view text) {
  try {
    const Json rows = Json::parse(text);
    if (!rows.is_array()) throw std::invalid_argument("not a list");
    std::vector<NodeSchema> schemas;
    read_rows(rows, schemas, read_schema);
    return schemas;
  } catch (const std::exception& e) {
    throw Error(ErrorCode::io, std::string("this is not a list of schemas: ") + e.what());
  }
}

}  // namespace calotype
