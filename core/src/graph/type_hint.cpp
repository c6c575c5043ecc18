#include "graph/type_hint.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <utility>
#include <vector>

namespace calotype {

namespace {

/// A node that needs more is a part of the graph, no conversion.
constexpr std::ptrdiff_t kMaxOtherInputs = 2;

auto of_type(std::string_view type) {
  return [type](const PortSchema& port) { return port.type == type; };
}

bool is_needed(const PortSchema& input) { return !input.optional && !input.repeated; }

/// How much a node that turns `got` into `wanted` asks for besides; nothing when it does not: one
/// that needs a `wanted`, or gives the `got` back, changes values and does not turn them into
/// others.
std::optional<std::ptrdiff_t> other_inputs(const NodeSchema& schema, std::string_view wanted,
                                           std::string_view got) {
  const std::vector<PortSchema>& inputs = schema.inputs;
  if (std::ranges::none_of(inputs, of_type(got)) ||
      std::ranges::none_of(schema.outputs, of_type(wanted)) ||
      std::ranges::any_of(schema.outputs, of_type(got))) {
    return {};
  }
  std::ptrdiff_t others = 0;
  for (const PortSchema& input : inputs) {
    if (!is_needed(input) || input.type == got) continue;
    if (input.type == wanted) return {};
    ++others;
  }
  if (others > kMaxOtherInputs) return {};
  return others;
}

const NodeSchema* converter(const Registry& registry, std::string_view wanted,
                            std::string_view got) {
  const NodeSchema* best = nullptr;
  std::pair<std::ptrdiff_t, std::size_t> least;
  for (const NodeSchema* schema : registry.schemas()) {
    const auto others = other_inputs(*schema, wanted, got);
    if (!others) continue;
    const std::pair asks{*others, schema->outputs.size()};
    if (best && asks >= least) continue;
    best = schema;
    least = asks;
  }
  return best;
}

/// An input of the node that takes `got` and has no link.
const PortSchema* free_input(const FlatNode& node, std::string_view got) {
  for (const PortSchema& input : node.schema->inputs) {
    const auto is_linked = [&](const GraphInputPort& port) { return port.name == input.name; };
    if (input.type == got && std::ranges::none_of(node.node->in, is_linked)) return &input;
  }
  return nullptr;
}

/// "node.port" of an output of this type; "" when no node but `reader` has one.
std::string output_of_type(const Expanded& graph, std::string_view type, std::string_view reader) {
  for (const FlatNode& node : graph.nodes) {
    if (!node.schema || node.id == reader) continue;
    const auto found = std::ranges::find_if(node.schema->outputs, of_type(type));
    if (found != node.schema->outputs.end()) return node.id + '.' + found->name;
  }
  return {};
}

}  // namespace

std::string type_hint(const Expanded& graph, const Registry& registry, std::string_view wanted,
                      std::string_view got, std::string_view reader) {
  const auto node = std::ranges::find(graph.nodes, reader, &FlatNode::id);
  const NodeSchema* schema = node == graph.nodes.end() ? nullptr : node->schema;
  std::vector<std::string> ways;
  if (const PortSchema* free = schema ? free_input(*node, got) : nullptr) {
    ways.push_back("move it to input " + quote(free->name));
  }
  if (const std::string output = output_of_type(graph, wanted, reader); !output.empty()) {
    ways.push_back(fmt::format("connect an output of type {} such as {}", wanted, quote(output)));
  }
  if (const NodeSchema* between = converter(registry, wanted, got); between && between != schema) {
    ways.push_back(fmt::format("put a {} in between", between->type));
  }
  return fmt::format("{}", fmt::join(ways, ", or "));
}

}  // namespace calotype
