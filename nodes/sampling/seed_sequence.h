#pragma once
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace calotype {

/// Spreads a seed and a place in a tree over well-mixed 32-bit words: equal to numpy's
/// SeedSequence (after M. E. O'Neill's seed_seq_fe). Immutable, thread-safe.
class SeedSequence {
 public:
  /// `spawn_key`: the place; may be empty. `pool_size`: words of state, at least 4.
  SeedSequence(std::uint64_t entropy, std::span<const std::uint64_t> spawn_key,
               std::size_t pool_size);

  /// The first `words` words; asking again gives the same.
  std::vector<std::uint32_t> generate_state(std::size_t words) const;

 private:
  std::vector<std::uint32_t> pool_;
};

}  // namespace calotype
