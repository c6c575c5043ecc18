#include <bit>

#include "formats/little_endian.h"
#include "formats/torch_objects.h"
#include "formats/utf8.h"

namespace calotype::torch_format {

namespace {

using pickle::Kind;
using pickle::kNothing;
using pickle::Node;
using pickle::NodeId;
using pickle::Nodes;

/// More items than any of the tuples read here has. Long ones are never copied: a file can refer to
/// one many times.
constexpr std::uint32_t kManyItems = 16;

/// The arguments of an object that the global `name` was to make; empty for everything else.
std::vector<NodeId> arguments_of(const Nodes& nodes, NodeId id, std::string_view name) {
  const Node& node = nodes[id];
  if (node.kind != Kind::object || nodes[node.first].kind != Kind::global) return {};
  if (nodes.global(node.first) != name || nodes[node.second].third > kManyItems) return {};
  return nodes.items(node.second);
}

/// Bytes as they are, or as protocol 2 writes them: `_codecs.encode(text, "latin1")`.
std::optional<std::string> bytes_of(const Nodes& nodes, NodeId id) {
  constexpr std::size_t kLongest = 16;
  if (nodes[id].kind == Kind::bytes) return std::string(nodes.text(id).substr(0, kLongest));
  const std::vector<NodeId> encode = arguments_of(nodes, id, "_codecs.encode");
  if (encode.empty() || nodes[encode[0]].kind != Kind::text) return std::nullopt;
  const std::string_view text = nodes.text(encode[0]);
  std::string bytes;
  for (std::size_t at = 0; at < text.size() && bytes.size() < kLongest;) {
    const char32_t c = next_code_point(text, at);
    if (c > 0xFF) return std::nullopt;
    bytes.push_back(static_cast<char>(c));
  }
  return bytes;
}

/// Numpy's state of a dtype is (version, byte order, ...).
bool is_big_endian(const Nodes& nodes, NodeId dtype) {
  const NodeId state = nodes[dtype].third;
  if (state == kNothing || nodes[state].kind != Kind::tuple) return false;
  if (nodes[state].third < 2 || nodes[state].third > kManyItems) return false;
  const NodeId order = nodes.items(state)[1];
  return nodes[order].kind == Kind::text && nodes.text(order) == ">";
}

std::int64_t signed_number(std::string_view bytes) {
  const auto shift = static_cast<int>(64 - 8 * bytes.size());
  return static_cast<std::int64_t>(little_endian(bytes) << shift) >> shift;
}

}  // namespace

std::optional<NodeId> numpy_scalar(Nodes& nodes, NodeId arguments) {
  if (nodes[arguments].third != 2) return std::nullopt;
  const std::vector<NodeId> items = nodes.items(arguments);
  const std::vector<NodeId> dtype = arguments_of(nodes, items[0], "numpy.dtype");
  if (dtype.empty() || nodes[dtype[0]].kind != Kind::text) return std::nullopt;
  const std::string_view type = nodes.text(dtype[0]);
  const auto bytes = bytes_of(nodes, items[1]);
  if (!bytes || is_big_endian(nodes, items[0])) return std::nullopt;
  const auto is = [&](std::string_view name, std::size_t size) {
    return type == name && bytes->size() == size;
  };
  if (is("f8", 8)) return nodes.add_real(std::bit_cast<double>(little_endian(*bytes)));
  if (is("f4", 4)) {
    return nodes.add_real(static_cast<double>(
        std::bit_cast<float>(static_cast<std::uint32_t>(little_endian(*bytes)))));
  }
  if (is("i8", 8) || is("i4", 4) || is("i2", 2) || is("i1", 1)) {
    return nodes.add_integer(signed_number(*bytes));
  }
  if (is("u4", 4) || is("u2", 2) || is("u1", 1) || is("b1", 1)) {
    return nodes.add_integer(static_cast<std::int64_t>(little_endian(*bytes)));
  }
  return std::nullopt;
}

}  // namespace calotype::torch_format
