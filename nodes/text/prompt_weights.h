#pragma once
/// Splits a prompt into pieces of text with weights, by the bracket rules of two well-known
/// programs. Pure functions; time is linear in the text (times the nesting, which is limited).
#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace calotype {

inline constexpr std::size_t kMaxPromptBytes = 64 * 1024;
inline constexpr std::size_t kMaxPromptNesting = 64;
inline constexpr double kMaxPromptWeight = 1000;

/// Text that is tokenized on its own, or a forced end of the chunk.
struct PromptPiece {
  std::string text;
  double weight = 1;
  bool chunk_break = false;  ///< the word BREAK; `text` is empty
  friend bool operator==(const PromptPiece&, const PromptPiece&) = default;
};

/// The rules of AUTOMATIC1111's web UI: `(x)` times 1.1, `[x]` divided by 1.1, `(x:w)` times w,
/// nesting multiplies, `\(` and the like are literal, a single backslash is dropped, brackets left
/// open reach to the end, closers without opener are text, neighbours of equal weight are joined.
/// The word BREAK ends the chunk, inside brackets too. Never empty. Throws Error(run): nesting too
/// deep, a weight that is no number or beyond +-kMaxPromptWeight.
std::vector<PromptPiece> parse_a1111_weights(std::string_view prompt);

/// The rules of ComfyUI: `(x)` times 1.1, `(x:w)` sets w whatever is around it, `\(` and `\)` are
/// literal, square brackets are text. Neighbours are not joined, since each piece is a group of
/// tokens. No pieces for empty text. Throws as above.
std::vector<PromptPiece> parse_comfyui_weights(std::string_view prompt);

}  // namespace calotype
