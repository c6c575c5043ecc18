#pragma once
// The values that a pickle describes, as plain data. Nothing here knows how to call anything.
#include <cstdint>
#include <deque>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace calotype::pickle {

enum class Kind : std::uint8_t {
  none,
  boolean,
  integer,
  long_integer,  ///< more than 8 bytes
  real,
  text,
  bytes,
  tuple,
  list,
  dict,
  set,
  global,   ///< a name such as `torch.FloatStorage`; never looked up
  object,   ///< what calling a global would have made; an inert record of the attempt
  storage,  ///< bytes outside the pickle
  tensor,
};
std::string_view kind_name(Kind);  ///< "a text", for messages

using NodeId = std::uint32_t;
using CellId = std::uint32_t;
inline constexpr std::uint32_t kNothing = 0xFFFFFFFF;

/// One value; 16 bytes, because a hostile file can ask for one with each byte.
struct Node {
  Kind kind = Kind::none;
  std::uint8_t depth = 0;    ///< of what was put into it so far
  bool has_tensor = false;   ///< it or something put into it is a storage or tensor
  std::uint32_t third = 0;   ///< items of a container; state of an object
  std::uint32_t first = 0;   ///< number's low half, text offset, first cell, callee, table index
  std::uint32_t second = 0;  ///< number's high half, text size, last cell, arguments
};

/// Items of a container hang together; those of a dict are key, value, key, value.
struct Cell {
  NodeId item;
  CellId next;
};

/// Owns all values of one pickle. Ids stay valid; values are shared, never copied, so that a few
/// bytes cannot describe more values than they spell. Throws nothing; limits are the machine's.
class Nodes {
 public:
  /// Texts are ranges of `source`, which must outlive this.
  explicit Nodes(std::string_view source) : source_(source) {}

  const Node& operator[](NodeId id) const { return nodes_[id]; }
  Node& operator[](NodeId id) { return nodes_[id]; }
  std::size_t size() const { return nodes_.size(); }
  std::size_t globals() const { return names_.size(); }

  NodeId add(Kind kind) { return add(Node{.kind = kind}); }
  NodeId add(Node);
  NodeId add_integer(std::int64_t);
  NodeId add_real(double);
  NodeId add_range(Kind, std::size_t offset, std::size_t size);
  NodeId add_container(Kind kind);
  NodeId add_global(std::string name);

  /// Also tells the container what it now holds. No depth check.
  void append(NodeId container, NodeId item);
  /// Depth and tensors of `child` become known to `parent`.
  void note_child(NodeId parent, NodeId child);

  std::int64_t integer(NodeId) const;  ///< of an integer or boolean
  double real(NodeId) const;
  std::string_view text(NodeId) const;      ///< of a text, bytes or long integer
  const std::string& global(NodeId) const;  ///< `module.name`
  std::vector<NodeId> items(NodeId) const;  ///< of a container
  CellId first_cell(NodeId id) const { return nodes_[id].first; }
  const Cell& cell(CellId id) const { return cells_[id]; }

  const std::vector<std::string>& global_names() const { return names_; }

 private:
  std::string_view source_;
  std::deque<Node> nodes_;
  std::deque<Cell> cells_;
  std::vector<std::string> names_;
  std::unordered_map<std::string, std::uint32_t> name_index_;
};

}  // namespace calotype::pickle
