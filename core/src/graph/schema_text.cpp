#include "graph/schema_text.h"

#include <fmt/format.h>

#include <algorithm>

#include "calotype/error.h"

namespace calotype {

std::string range_text(const ParamSchema& p) {
  if (p.min && p.max) return fmt::format("{} to {}", *p.min, *p.max);
  if (p.min) return fmt::format("at least {}", *p.min);
  if (p.max) return fmt::format("at most {}", *p.max);
  return {};
}

std::string limits_text(const ParamSchema& p) {
  std::string text = range_text(p);
  const auto add = [&](const std::string& part) {
    if (!text.empty()) text += ", ";
    text += part;
  };
  if (p.multiple_of > 1) add(fmt::format("multiple of {}", p.multiple_of));
  if (!p.unit.empty()) add(p.unit);
  if (p.seed) add("or \"random\"");
  std::string choices;
  for (const std::string& choice : p.choices) {
    if (!choices.empty()) choices += ", ";
    choices += quote(choice);
  }
  if (!choices.empty()) add("one of " + choices);
  return text;
}

std::string default_text(const ParamSchema& p) {
  return p.required ? "required" : to_text(p.default_value);
}

std::string kind_text(const ParamSchema& p) {
  if (p.file) return "path";
  switch (p.kind) {
    case ParamKind::boolean:
      return "boolean";
    case ParamKind::integer:
    case ParamKind::unsigned_integer:
      return "integer";
    case ParamKind::number:
      return "number";
    case ParamKind::string:
      return "string";
  }
  return "value";
}

std::string arity_text(const PortSchema& p) {
  if (p.repeated) return "any number";
  return p.optional ? "optional" : "";
}

std::string wrapped(std::string_view text, std::size_t margin) {
  constexpr std::size_t kWidth = 80;
  std::string out, line(margin, ' ');
  bool empty = true;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find_first_of(" \n"), text.size());
    const std::string_view word = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    if (word.empty()) continue;
    if (!empty && line.size() + 1 + word.size() > kWidth) {
      out += line + '\n';
      line.assign(margin, ' ');
      empty = true;
    }
    if (!empty) line += ' ';
    line += word;
    empty = false;
  }
  return empty ? out : out + line + '\n';
}

}  // namespace calotype
