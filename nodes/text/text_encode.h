#pragma once
#include <span>
#include <string>
#include <string_view>
#include <utility>

#include "calotype/describe.h"
#include "calotype/types/conditioning.h"
#include "calotype/types/models.h"
#include "text/prompt_chunks.h"

namespace calotype {

/// What empty text becomes; `automatic`: what the text encoder asks for.
enum class EmptyText { automatic, encoded, zeros };

template <>
struct EnumNames<EmptyText> {
  static std::span<const std::pair<std::string_view, EmptyText>> table();
};

/// Node: a prompt as the vectors that a denoiser is told about. A prompt of more than 75 tokens
/// becomes several chunks of 77, encoded one by one and joined along the tokens. Each transformer
/// of the encoder pads and weighs for itself; their vectors are joined on channels. The pooled
/// vector is that of the first chunk, without weights.
struct TextEncode {
  static constexpr std::string_view kType = "TextEncode";
  static constexpr int kVersion = 1;
  struct Inputs {
    TextEncoderHandle text_encoder;
  };
  struct Params {
    std::string text;
    std::int64_t clip_skip = 0;
    PromptWeighting weighting = PromptWeighting::a1111;
    EmptyText empty_text = EmptyText::automatic;
  };
  struct Outputs {
    Conditioning conditioning;
  };
  static void describe(Describe<TextEncode>& d);
  /// Throws Error(run): clip_skip leaves no layer, or what chunk_prompt throws.
  static Outputs run(const Inputs&, const Params&, RunContext&);
};

}  // namespace calotype
