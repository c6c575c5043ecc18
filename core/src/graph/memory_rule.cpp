#include "graph/memory_rule.h"

#include <fmt/format.h>

#include <cmath>

#include "calotype/machine_memory.h"

namespace calotype {

namespace {

double number(const ParamValue& v) {
  if (const auto* i = std::get_if<std::int64_t>(&v)) return static_cast<double>(*i);
  if (const auto* u = std::get_if<std::uint64_t>(&v)) return static_cast<double>(*u);
  if (const auto* d = std::get_if<double>(&v)) return *d;
  return 0;
}

/// "100000 x 512 px, batch 1": sides in pixels together, the rest by name.
std::string size_text(const NodeSchema& schema, const std::vector<ParamValue>& params) {
  std::string sides, rest;
  for (const std::string& name : schema.memory->params) {
    const ParamSchema* p = schema.param(name);
    if (!p) continue;
    const std::string value = to_text(params[static_cast<std::size_t>(p - schema.params.data())]);
    if (p->unit == "px") {
      sides += (sides.empty() ? "" : " x ") + value;
    } else {
      rest += ", " + name + ' ' + value;
    }
  }
  if (sides.empty()) return rest.empty() ? "this" : rest.substr(2);
  return sides + " px" + rest;
}

}  // namespace

void check_memory(const FlatNode& node, const std::vector<ParamValue>& params, std::uint64_t limit,
                  Problems& problems) {
  const NodeSchema& schema = *node.schema;
  if (!schema.memory) return;
  static const std::uint64_t physical = physical_memory();
  const std::uint64_t most = limit != 0 ? limit : physical;
  if (most == 0) return;
  // In floating point: the product of three int64 overflows, and an estimate needs no last digit.
  double bytes = schema.memory->bytes_per_unit;
  double largest = 0;
  const ParamSchema* blamed = nullptr;
  for (const std::string& name : schema.memory->params) {
    const ParamSchema* p = schema.param(name);
    if (!p) continue;
    const double v = number(params[static_cast<std::size_t>(p - schema.params.data())]);
    bytes *= v;
    if (v > largest) {
      largest = v;
      blamed = p;
    }
  }
  if (!(bytes > static_cast<double>(most)) || !blamed) return;
  SourceRef where = node.node->where;
  for (const GraphParam& given : node.node->params) {
    if (given.name == blamed->name) where = given.value_where;
  }
  Diagnostic& d = problems.add(where);
  d.node = node.id;
  d.what = fmt::format("{} would take about {}, {} {}", size_text(schema, params),
                       memory_text(bytes), limit != 0 ? "the limit is" : "this machine has",
                       memory_text(static_cast<double>(most)));
  d.hint = "choose a smaller " + blamed->name;
}

}  // namespace calotype
