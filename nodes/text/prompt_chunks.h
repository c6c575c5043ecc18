#pragma once
/// Cuts a prompt into the fixed-length rows of tokens that CLIP reads.
#include <array>
#include <cstdint>
#include <functional>
#include <span>
#include <string_view>
#include <utility>
#include <vector>

#include "calotype/param_traits.h"
#include "text/prompt_weights.h"

namespace calotype {

/// Whose rules for brackets and long prompts are followed; `none`: brackets are text.
enum class PromptWeighting { a1111, comfyui, none };

template <>
struct EnumNames<PromptWeighting> {
  static std::span<const std::pair<std::string_view, PromptWeighting>> table();
};

/// Ids of text without start and end.
using Tokenize = std::function<std::vector<std::int32_t>(std::string_view)>;

/// Start, up to 75 tokens of text, end, padding; each with its weight (1 for what is not text).
struct PromptChunk {
  static constexpr std::size_t kLength = 77;
  static constexpr std::size_t kContent = kLength - 2;
  std::array<std::int32_t, kLength> ids{};
  std::array<float, kLength> weights{};
  bool weighted() const;
};

/// At least one chunk; empty text is a chunk of padding.
/// - a1111: pieces run on; when a chunk is full and a comma is among its last 20 tokens, what
///   follows the comma moves to the next chunk. BREAK ends the chunk, even an empty one.
/// - comfyui: a piece of fewer than 8 tokens is never cut; it moves to the next chunk whole.
/// - none: every 75 tokens are a chunk.
/// Throws Error(run) when the prompt is longer than kMaxPromptBytes or its weights are wrong.
std::vector<PromptChunk> chunk_prompt(std::string_view prompt, PromptWeighting weighting,
                                      const Tokenize& tokenize, std::int32_t pad_id);

}  // namespace calotype
