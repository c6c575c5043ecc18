#pragma once
/// Keys of results. A key names the whole computation that leads to a result (a Merkle hash), so
/// an entry is never stale. All keys of a graph cost O(nodes + links).
#include <cstdint>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "calotype/hash.h"
#include "calotype/validate.h"

namespace calotype {

/// Raised when results of all nodes change, or the way keys are made.
inline constexpr std::uint64_t kEngineEpoch = 1;

/// Makes keys for the nodes of one graph, in plan order. Not thread-safe.
class KeyMaker {
 public:
  explicit KeyMaker(std::string_view environment);

  /// `digests`: empty, or per param the digest of the file it names; it then stands for the path.
  /// `inputs`: per port of the schema the keys of the linked outputs; an empty list is "absent".
  Hash128 node(const ResolvedNode&, const std::vector<Hash128>& digests,
               const std::vector<std::vector<Hash128>>& inputs);
  /// Key of one output of a node.
  Hash128 output(const Hash128& node, std::string_view port);

 private:
  /// Fields in order of their names, so that the order of declaration does not matter.
  struct Order {
    std::vector<std::uint32_t> params;
    std::vector<std::uint32_t> inputs;
  };
  const Order& order_of(const NodeSchema&);

  Hash128 environment_;
  Hasher hasher_;
  std::unordered_map<const NodeSchema*, Order> orders_;
};

/// A key that no other computation of any process has: for results that must never be found.
Hash128 unique_key();

}  // namespace calotype
