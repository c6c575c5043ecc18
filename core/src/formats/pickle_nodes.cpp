#include "formats/pickle_nodes.h"

#include <algorithm>
#include <bit>
#include <utility>

namespace calotype::pickle {

namespace {

Node number(Kind kind, std::uint64_t bits) {
  return {.kind = kind,
          .first = static_cast<std::uint32_t>(bits),
          .second = static_cast<std::uint32_t>(bits >> 32)};
}

std::uint64_t bits(const Node& node) {
  return static_cast<std::uint64_t>(node.second) << 32 | node.first;
}

}  // namespace

std::string_view kind_name(Kind kind) {
  constexpr std::string_view kNames[] = {
      "None",   "a boolean", "an integer", "a long integer", "a real number",
      "a text", "bytes",     "a tuple",    "a list",         "a dictionary",
      "a set",  "a name",    "an object",  "a storage",      "a tensor",
  };
  static_assert(std::size(kNames) == static_cast<std::size_t>(Kind::tensor) + 1);
  return kNames[static_cast<std::size_t>(kind)];
}

NodeId Nodes::add(Node node) {
  nodes_.push_back(node);
  return static_cast<NodeId>(nodes_.size() - 1);
}

NodeId Nodes::add_integer(std::int64_t value) {
  return add(number(Kind::integer, static_cast<std::uint64_t>(value)));
}

NodeId Nodes::add_real(double value) {
  return add(number(Kind::real, std::bit_cast<std::uint64_t>(value)));
}

NodeId Nodes::add_range(Kind kind, std::size_t offset, std::size_t size) {
  return add(Node{.kind = kind,
                  .first = static_cast<std::uint32_t>(offset),
                  .second = static_cast<std::uint32_t>(size)});
}

NodeId Nodes::add_container(Kind kind) {
  return add(Node{.kind = kind, .first = kNothing, .second = kNothing});
}

NodeId Nodes::add_global(std::string name) {
  const auto next = static_cast<std::uint32_t>(names_.size());
  const auto [it, added] = name_index_.try_emplace(name, next);
  if (added) names_.push_back(std::move(name));
  return add(Node{.kind = Kind::global, .first = it->second});
}

void Nodes::append(NodeId container, NodeId item) {
  cells_.push_back({item, kNothing});
  const auto cell = static_cast<CellId>(cells_.size() - 1);
  Node& node = nodes_[container];
  if (node.first == kNothing) {
    node.first = cell;
  } else {
    cells_[node.second].next = cell;
  }
  node.second = cell;
  ++node.third;
  note_child(container, item);
}

void Nodes::note_child(NodeId parent, NodeId child) {
  Node& node = nodes_[parent];
  const Node& below = nodes_[child];
  constexpr int kDeepest = 255;
  node.depth = static_cast<std::uint8_t>(
      std::max<int>(node.depth, std::min<int>(below.depth + 1, kDeepest)));
  node.has_tensor = node.has_tensor || below.has_tensor;
}

std::int64_t Nodes::integer(NodeId id) const { return static_cast<std::int64_t>(bits(nodes_[id])); }

double Nodes::real(NodeId id) const { return std::bit_cast<double>(bits(nodes_[id])); }

std::string_view Nodes::text(NodeId id) const {
  return source_.substr(nodes_[id].first, nodes_[id].second);
}

const std::string& Nodes::global(NodeId id) const { return names_[nodes_[id].first]; }

std::vector<NodeId> Nodes::items(NodeId id) const {
  std::vector<NodeId> out;
  out.reserve(nodes_[id].third);
  for (CellId at = nodes_[id].first; at != kNothing; at = cells_[at].next) {
    out.push_back(cells_[at].item);
  }
  return out;
}

}  // namespace calotype::pickle
