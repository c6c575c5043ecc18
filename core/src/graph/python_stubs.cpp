#include <fmt/format.h>

#include <cctype>
#include <map>
#include <set>
#include <utility>
#include <vector>

#include "calotype/given_values.h"
#include "calotype/schema_docs.h"
#include "graph/schema_text.h"

namespace calotype {

namespace {

using Names = std::set<std::string, std::less<>>;

/// Soft keywords such as `match` are fine as names.
const Names& keywords() {
  static const Names names = {
      "False", "None",     "True",  "and",    "as",   "assert", "async",  "await",    "break",
      "class", "continue", "def",   "del",    "elif", "else",   "except", "finally",  "for",
      "from",  "global",   "if",    "import", "in",   "is",     "lambda", "nonlocal", "not",
      "or",    "pass",     "raise", "return", "try",  "while",  "with",   "yield"};
  return names;
}

/// What the stub itself says, and therefore no class may be called.
const Names& names_of_the_stub() {
  static const Names names = {"Any",      "Input",    "Link", "Literal", "Node",
                              "PathLike", "Sequence", "bool", "float",   "int",
                              "object",   "property", "str"};
  return names;
}

/// Arguments that every node has.
const Names& names_of_every_node() {
  static const Names names = {"id", "note", "self"};
  return names;
}

/// Members of the class Node.
const Names& members_of_nodes() {
  static const Names names = {"graph", "id", "inputs", "note", "outputs", "params", "type"};
  return names;
}

/// Gives every name of one scope a Python name of its own: `vendor.Name` is `vendor_Name`, and a
/// name that is taken gets a `_` behind it. The Python package has the same rule.
class PythonNames {
 public:
  explicit PythonNames(Names taken) : taken_(std::move(taken)) {}

  std::string add(std::string_view name) {
    std::string out;
    for (const char c : name) out += std::isalnum(static_cast<unsigned char>(c)) ? c : '_';
    if (out.empty() || std::isdigit(static_cast<unsigned char>(out[0]))) out.insert(0, 1, '_');
    while (keywords().contains(out) || taken_.contains(out)) out += '_';
    taken_.insert(out);
    return out;
  }

 private:
  Names taken_;
};

/// Inside a docstring or a string literal.
std::string escaped(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (c == '\\' || c == '"') out += '\\';
    out += static_cast<unsigned char>(c) < 0x20 ? ' ' : c;
  }
  return out;
}

std::string python_text(std::string_view text) {
  std::string out = "\"";
  out += escaped(text);
  return out += '"';
}

std::string param_type(const ParamSchema& p) {
  if (!p.choices.empty()) {
    std::string names;
    for (const std::string& choice : p.choices) {
      if (!names.empty()) names += ", ";
      names += python_text(choice);
    }
    return "Literal[" + names + "] | Input[str]";
  }
  switch (p.kind) {
    case ParamKind::boolean:
      return "bool | Input[bool]";
    case ParamKind::integer:
    case ParamKind::unsigned_integer:
      return p.seed ? "int | Literal[\"random\"] | Input[int]" : "int | Input[int]";
    case ParamKind::number:
      return "float | Input[float]";
    case ParamKind::string:
      return p.file ? "str | PathLike[str] | Input[str]" : "str | Input[str]";
  }
  return "object";
}

std::string default_value(const ParamSchema& p) {
  if (const auto* text = std::get_if<std::string>(&p.default_value)) return python_text(*text);
  if (const auto* flag = std::get_if<bool>(&p.default_value)) return *flag ? "True" : "False";
  if (p.default_value.index() == 0) return "None";
  return to_text(p.default_value);
}

/// Writes all node types and port types of a registry as classes.
class StubWriter {
 public:
  explicit StubWriter(const std::vector<const NodeSchema*>& schemas) {
    std::set<std::string> ports;
    for (const NodeSchema* s : schemas) {
      classes_[s->type] = names_.add(s->type);
      for (const PortSchema& p : s->inputs) ports.insert(p.type);
      for (const PortSchema& p : s->outputs) ports.insert(p.type);
    }
    ports.erase(std::string(kAnyType));
    for (const std::string& type : ports) port_classes_[type] = names_.add(type);
    port_classes_[std::string(kAnyType)] = kAnyType;
    for (const std::string& type : ports) {
      out_ += fmt::format("\nclass {}:\n    \"\"\"The port type {}.\"\"\"\n", port_classes_[type],
                          escaped(type));
    }
    for (const NodeSchema* s : schemas) write(*s);
  }

  std::string take() { return std::move(out_); }

 private:
  std::string port_argument(const std::string& name, const PortSchema& p) const {
    const std::string& type = port_classes_.at(p.type);
    const std::string source = fmt::format("Link[{0}] | Input[{0}]", type);
    if (p.repeated) return fmt::format("{}: Sequence[{}] = ()", name, source);
    if (p.optional) return fmt::format("{}: {} | None = None", name, source);
    return fmt::format("{}: {}", name, source);
  }

  static std::string param_argument(const std::string& name, const ParamSchema& p) {
    if (p.required) return fmt::format("{}: {}", name, param_type(p));
    return fmt::format("{}: {}{} = {}", name, param_type(p), p.optional ? " | None" : "",
                       default_value(p));
  }

  void write(const NodeSchema& s) {
    PythonNames names(names_of_every_node());
    std::string arguments;
    std::string docs;
    for (const PortSchema& p : s.inputs) {
      const std::string name = names.add(p.name);
      arguments += "        " + port_argument(name, p) + ",\n";
      docs += fmt::format("        {}: {}\n", name, escaped(p.doc));
    }
    for (const ParamSchema& p : s.params) {
      const std::string name = names.add(p.name);
      const std::string limits = limits_text(p);
      arguments += "        " + param_argument(name, p) + ",\n";
      docs += fmt::format("        {}: {}{}\n", name, escaped(p.doc),
                          limits.empty() ? "" : " (" + escaped(limits) + ")");
    }
    out_ +=
        fmt::format("\nclass {}(Node):\n    \"\"\"{}\n", classes_.at(s.type), escaped(s.summary));
    if (!docs.empty()) out_ += "\n    Args:\n" + docs;
    out_ += "    \"\"\"\n\n    def __init__(\n        self,\n        *,\n" + arguments +
            "        id: str | None = None,\n        note: str = \"\",\n    ) -> None: ...\n";
    PythonNames members(members_of_nodes());
    for (const PortSchema& p : s.outputs) {
      out_ += fmt::format("    @property\n    def {}(self) -> Link[{}]:\n        \"\"\"{}\"\"\"\n",
                          members.add(p.name), port_classes_.at(p.type), escaped(p.doc));
    }
  }

  PythonNames names_{names_of_the_stub()};
  std::map<std::string, std::string> classes_;
  std::map<std::string, std::string> port_classes_;
  std::string out_;
};

}  // namespace

std::string python_stubs(const Registry& registry) {
  std::vector<const NodeSchema*> schemas = registry.schemas();
  std::erase_if(schemas, [](const NodeSchema* s) { return s->plugin == GivenValues::kPlugin; });
  return "# Made by `calotype stubs` from the node schemas; do not edit.\n"
         "from os import PathLike\n"
         "from typing import Any, Literal, Sequence\n\n"
         "from calotype.graph import Input, Link, Node\n" +
         StubWriter(schemas).take();
}

}  // namespace calotype
