#pragma once
#include <string>

#include "calotype/describe.h"
#include "calotype/types/conditioning.h"
#include "calotype/types/models.h"
#include "text/prompt_chunks.h"

namespace calotype {

/// Node: a prompt as the vectors that a denoiser is told about. A prompt of more than 75 tokens
/// becomes several chunks of 77, encoded one by one and joined along the tokens.
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
  };
  struct Outputs {
    Conditioning conditioning;
  };
  static void describe(Describe<TextEncode>& d);
  /// Throws Error(run): clip_skip leaves no layer, or what chunk_prompt throws.
  static Outputs run(const Inputs&, const Params&, RunContext&);
};

}  // namespace calotype
