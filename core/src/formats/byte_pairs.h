#pragma once
// Greedy byte-pair encoding. Symbols: 0 to 255 are bytes in the order of GPT-2, 256 to 511 the
// same at the end of a word, 512 + r the result of the merge of rank r.
#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace calotype {

inline constexpr std::int32_t kByteSymbols = 256;
inline constexpr std::int32_t kFirstMerged = 512;

/// The 256 bytes in the order in which GPT-2 numbers them, and back.
struct ByteOrder {
  std::array<std::uint8_t, 256> byte_of{};
  std::array<std::int32_t, 256> symbol_of{};
};
const ByteOrder& byte_order();

/// The printable character that stands for byte symbol `s` in merge tables.
char32_t printable(std::int32_t symbol);

/// Merge ranks by pair of symbols, a flat hash table. Immutable after the last `add`.
class PairRanks {
 public:
  explicit PairRanks(std::size_t max_pairs);
  /// False when the pair is there already.
  bool add(std::int32_t left, std::int32_t right, std::int32_t rank);
  /// Negative when the pair never merges.
  std::int32_t find(std::int32_t left, std::int32_t right) const;

 private:
  std::size_t slot(std::uint64_t key) const;

  struct Row {
    std::uint64_t key = 0;
    std::int32_t rank = -1;
  };
  std::vector<Row> rows_;
};

/// Appends the symbols of one word: always the lowest rank first, then the leftmost.
/// Time n log n, memory linear in the word's length.
void encode_word(const PairRanks&, std::string_view word, std::vector<std::int32_t>& out);

}  // namespace calotype
