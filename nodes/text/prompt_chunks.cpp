#include "text/prompt_chunks.h"

#include <fmt/format.h>

#include <algorithm>

#include "calotype/clip_tokenizer.h"
#include "calotype/error.h"

namespace calotype {

namespace {

constexpr std::size_t kContent = PromptChunk::kContent;
/// A1111's default of `comma_padding_backtrack`.
constexpr std::size_t kCommaReach = 20;
/// ComfyUI cuts only pieces of at least this many tokens.
constexpr std::size_t kUncutTokens = 8;

struct WeightedToken {
  std::int32_t id;
  float weight;
};

/// Collects text tokens; `finish` frames them as a chunk.
class ChunkWriter {
 public:
  explicit ChunkWriter(std::int32_t pad_id) : pad_id_(pad_id) {}

  std::size_t size() const { return tokens_.size(); }
  bool full() const { return tokens_.size() == kContent; }
  void add(WeightedToken token) { tokens_.push_back(token); }

  void finish() {
    PromptChunk chunk;
    chunk.ids.fill(pad_id_);
    chunk.weights.fill(1);
    chunk.ids[0] = ClipTokenizer::kStart;
    for (std::size_t i = 0; i < tokens_.size(); ++i) {
      chunk.ids[i + 1] = tokens_[i].id;
      chunk.weights[i + 1] = tokens_[i].weight;
    }
    chunk.ids[tokens_.size() + 1] = ClipTokenizer::kEnd;
    chunks_.push_back(chunk);
    tokens_.clear();
  }

  /// Ends the chunk after its first `n` tokens; the others begin the next one.
  void finish_after(std::size_t n) {
    const std::vector<WeightedToken> moved(tokens_.begin() + static_cast<std::ptrdiff_t>(n),
                                           tokens_.end());
    tokens_.resize(n);
    finish();
    tokens_ = moved;
  }

  std::vector<PromptChunk> take() {
    if (!tokens_.empty() || chunks_.empty()) finish();
    return std::move(chunks_);
  }

 private:
  std::int32_t pad_id_;
  std::vector<WeightedToken> tokens_;
  std::vector<PromptChunk> chunks_;
};

std::vector<PromptChunk> chunk_plain(std::string_view prompt, const Tokenize& tokenize,
                                     std::int32_t pad_id) {
  ChunkWriter chunk(pad_id);
  for (const std::int32_t id : tokenize(prompt)) {
    if (chunk.full()) chunk.finish();
    chunk.add({id, 1});
  }
  return chunk.take();
}

std::vector<PromptChunk> chunk_a1111(std::string_view prompt, const Tokenize& tokenize,
                                     std::int32_t pad_id) {
  const std::vector<std::int32_t> comma = tokenize(",");
  ChunkWriter chunk(pad_id);
  std::size_t comma_end = 0;  // tokens up to the chunk's last comma and with it; 0: no comma
  const auto finish_after = [&](std::size_t n) {
    chunk.finish_after(n);
    comma_end = 0;
  };
  for (const PromptPiece& piece : parse_a1111_weights(prompt)) {
    if (piece.chunk_break) {
      finish_after(chunk.size());
      continue;
    }
    for (const std::int32_t id : tokenize(piece.text)) {
      const bool is_comma = comma.size() == 1 && id == comma.front();
      if (chunk.full()) {
        // A comma that opens the next chunk is not remembered there: so does the original.
        const bool near = !is_comma && comma_end + kCommaReach > kContent;
        finish_after(near ? comma_end : chunk.size());
      } else if (is_comma) {
        comma_end = chunk.size() + 1;
      }
      chunk.add({id, static_cast<float>(piece.weight)});
    }
  }
  return chunk.take();
}

std::vector<PromptChunk> chunk_comfyui(std::string_view prompt, const Tokenize& tokenize,
                                       std::int32_t pad_id) {
  ChunkWriter chunk(pad_id);
  for (const PromptPiece& piece : parse_comfyui_weights(prompt)) {
    const std::vector<std::int32_t> ids = tokenize(piece.text);
    if (ids.size() < kUncutTokens && chunk.size() + ids.size() > kContent) chunk.finish();
    for (const std::int32_t id : ids) {
      if (chunk.full()) chunk.finish();
      chunk.add({id, static_cast<float>(piece.weight)});
    }
  }
  return chunk.take();
}

}  // namespace

std::span<const std::pair<std::string_view, PromptWeighting>> EnumNames<PromptWeighting>::table() {
  static constexpr std::pair<std::string_view, PromptWeighting> kTable[] = {
      {"a1111", PromptWeighting::a1111},
      {"comfyui", PromptWeighting::comfyui},
      {"none", PromptWeighting::none}};
  return kTable;
}

bool PromptChunk::weighted() const {
  return std::any_of(weights.begin(), weights.end(), [](float w) { return w != 1; });
}

std::vector<PromptChunk> chunk_prompt(std::string_view prompt, PromptWeighting weighting,
                                      const Tokenize& tokenize, std::int32_t pad_id) {
  if (prompt.size() > kMaxPromptBytes) {
    throw Error(ErrorCode::run, fmt::format("the prompt is {} bytes long: at most {} are read",
                                            prompt.size(), kMaxPromptBytes));
  }
  switch (weighting) {
    case PromptWeighting::a1111:
      return chunk_a1111(prompt, tokenize, pad_id);
    case PromptWeighting::comfyui:
      return chunk_comfyui(prompt, tokenize, pad_id);
    case PromptWeighting::none:
      break;
  }
  return chunk_plain(prompt, tokenize, pad_id);
}

}  // namespace calotype
