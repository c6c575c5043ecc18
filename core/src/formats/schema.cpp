#include "calotype/schema.h"

#include <fmt/format.h>

#include "calotype/error.h"

namespace calotype {

namespace {

template <class Row>
const Row* by_name(const std::vector<Row>& rows, std::string_view name) {
  for (const Row& row : rows) {
    if (row.name == name) return &row;
  }
  return nullptr;
}

struct ToText {
  std::string operator()(std::monostate) const { return "unset"; }
  std::string operator()(bool v) const { return v ? "true" : "false"; }
  std::string operator()(std::int64_t v) const { return fmt::format("{}", v); }
  std::string operator()(std::uint64_t v) const { return fmt::format("{}", v); }
  std::string operator()(double v) const { return fmt::format("{}", v); }
  std::string operator()(const std::string& v) const { return quote(v); }
};

}  // namespace

const PortSchema* NodeSchema::input(std::string_view name) const { return by_name(inputs, name); }
const PortSchema* NodeSchema::output(std::string_view name) const { return by_name(outputs, name); }
const ParamSchema* NodeSchema::param(std::string_view name) const { return by_name(params, name); }

std::string to_text(const ParamValue& v) { return std::visit(ToText{}, v); }

std::string_view to_text(ParamKind kind) {
  switch (kind) {
    case ParamKind::boolean:
      return "true or false";
    case ParamKind::integer:
      return "an integer";
    case ParamKind::unsigned_integer:
      return "an integer from 0 to 18446744073709551615";
    case ParamKind::number:
      return "a number";
    case ParamKind::string:
      return "a string";
  }
  return "a value";
}

}  // namespace calotype
