#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <set>

#include "calotype/schema_docs.h"
#include "graph/schema_text.h"

namespace calotype {

namespace {

/// Sorted; soft keywords such as `match` are fine as names.
constexpr std::array<std::string_view, 35> kKeywords = {
    "False", "None",     "True",  "and",    "as",   "assert", "async",  "await",    "break",
    "class", "continue", "def",   "del",    "elif", "else",   "except", "finally",  "for",
    "from",  "global",   "if",    "import", "in",   "is",     "lambda", "nonlocal", "not",
    "or",    "pass",     "raise", "return", "try",  "while",  "with",   "yield"};

/// `vendor.Name` and keywords as Python names.
std::string identifier(std::string_view name) {
  std::string out;
  for (const char c : name) out += std::isalnum(static_cast<unsigned char>(c)) ? c : '_';
  if (out.empty() || std::isdigit(static_cast<unsigned char>(out[0]))) out.insert(0, 1, '_');
  if (std::binary_search(kKeywords.begin(), kKeywords.end(), std::string_view(out))) out += '_';
  return out;
}

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

std::string base_type(const ParamSchema& p) {
  if (!p.choices.empty()) {
    std::string names;
    for (const std::string& choice : p.choices) {
      if (!names.empty()) names += ", ";
      names += python_text(choice);
    }
    return "Literal[" + names + "]";
  }
  switch (p.kind) {
    case ParamKind::boolean:
      return "bool";
    case ParamKind::integer:
    case ParamKind::unsigned_integer:
      return p.seed ? "int | Literal[\"random\"]" : "int";
    case ParamKind::number:
      return "float";
    case ParamKind::string:
      return p.file ? "str | PathLike[str]" : "str";
  }
  return "object";
}

std::string default_value(const ParamSchema& p) {
  if (const auto* text = std::get_if<std::string>(&p.default_value)) return python_text(*text);
  if (const auto* flag = std::get_if<bool>(&p.default_value)) return *flag ? "True" : "False";
  if (p.default_value.index() == 0) return "None";
  return to_text(p.default_value);
}

std::string port_argument(const PortSchema& p) {
  const std::string type = fmt::format("Link[{}]", identifier(p.type));
  if (p.repeated) return fmt::format("{}: Sequence[{}] = ()", identifier(p.name), type);
  if (p.optional) return fmt::format("{}: {} | None = None", identifier(p.name), type);
  return fmt::format("{}: {}", identifier(p.name), type);
}

std::string param_argument(const ParamSchema& p) {
  const std::string type = base_type(p) + " | Input";
  if (p.required) return fmt::format("{}: {}", identifier(p.name), type);
  return fmt::format("{}: {}{} = {}", identifier(p.name), type, p.optional ? " | None" : "",
                     default_value(p));
}

std::string docstring(const NodeSchema& s) {
  std::string out = "    \"\"\"" + escaped(s.summary) + "\n";
  if (!s.inputs.empty() || !s.params.empty()) out += "\n    Args:\n";
  for (const PortSchema& p : s.inputs) {
    out += fmt::format("        {}: {}\n", identifier(p.name), escaped(p.doc));
  }
  for (const ParamSchema& p : s.params) {
    const std::string limits = limits_text(p);
    out += fmt::format("        {}: {}{}\n", identifier(p.name), escaped(p.doc),
                       limits.empty() ? "" : " (" + escaped(limits) + ")");
  }
  return out + "    \"\"\"\n";
}

void write_node(const NodeSchema& s, std::string& out) {
  const std::string name = identifier(s.type);
  out += fmt::format("\nclass {}Outputs(Node):\n", name);
  for (const PortSchema& p : s.outputs) {
    out += fmt::format("    @property\n    def {}(self) -> Link[{}]:\n        \"\"\"{}\"\"\"\n",
                       identifier(p.name), identifier(p.type), escaped(p.doc));
  }
  if (s.outputs.empty()) out += "    ...\n";
  out += fmt::format("\ndef {}(\n", name);
  if (!s.inputs.empty() || !s.params.empty()) out += "    *,\n";
  for (const PortSchema& p : s.inputs) out += "    " + port_argument(p) + ",\n";
  for (const ParamSchema& p : s.params) out += "    " + param_argument(p) + ",\n";
  out += fmt::format(") -> {}Outputs:\n", name) + docstring(s);
}

}  // namespace

std::string python_stubs(const Registry& registry) {
  const auto schemas = registry.schemas();
  std::set<std::string> types;
  for (const NodeSchema* s : schemas) {
    for (const PortSchema& p : s->inputs) types.insert(identifier(p.type));
    for (const PortSchema& p : s->outputs) types.insert(identifier(p.type));
  }
  std::string out =
      "# Made by `calotype stubs` from the node schemas; do not edit.\n"
      "from os import PathLike\n"
      "from typing import Generic, Literal, Sequence, TypeVar\n\n"
      "T = TypeVar(\"T\")\n\n"
      "class Link(Generic[T]):\n    \"\"\"An output of a node.\"\"\"\n\n"
      "class Input:\n    \"\"\"A reference to an input of the graph.\"\"\"\n\n"
      "class Node:\n    \"\"\"A node of a graph.\"\"\"\n";
  for (const std::string& type : types) out += "\nclass " + type + ": ...\n";
  for (const NodeSchema* s : schemas) write_node(*s, out);
  return out;
}

}  // namespace calotype
