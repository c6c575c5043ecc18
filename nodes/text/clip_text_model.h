#pragma once
/// The text half of CLIP, in the forms that the families of Stable Diffusion use.
#include <ATen/core/Tensor.h>

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "calotype/types/models.h"
#include "checkpoint/weights.h"
#include "layers/clip_block.h"

namespace calotype {

/// What names and shapes do not tell: how a family of models uses its text encoder.
struct ClipTextRules {
  ClipActivation activation = ClipActivation::quick_gelu;
  std::int64_t skipped_layers = 0;  ///< layers of the file that are left out from the end
  bool final_norm = true;           ///< of the context
  bool pooled = false;              ///< gives a pooled vector too
  std::int32_t pad_id = ClipTokenizer::kEnd;
};

struct ClipTextConfig {
  ClipLayout layout = ClipLayout::transformers;
  std::string prefix;  ///< of the names: "text_model." or nothing
  std::int64_t vocabulary = 49408;
  std::int64_t positions = 77;
  std::int64_t width = 768;
  std::int64_t layers = 12;  ///< in the file
  std::int64_t mlp_width = 3072;
  std::int64_t projection = 0;  ///< width of the pooled vector; 0 without ClipTextRules::pooled
  ClipTextRules rules;

  /// Heads are 64 wide.
  std::int64_t heads() const { return width < 64 ? 1 : width / 64; }

  /// From names and shapes, in the layout of transformers (`text_model.encoder.layers.0`, with or
  /// without the first segment) or of OpenCLIP (`transformer.resblocks.0`). Throws Error(io) that
  /// says what is not of this design, or that the rules leave no layer.
  static ClipTextConfig detect(const Weights&, const ClipTextRules& = {});
};

/// Immutable after construction, thread-safe.
class ClipTextModel {
 public:
  /// Layers that are never used are not read. CLIP's weights that image generation does not use
  /// may be there (`logit_scale`, `text_projection`), and buffers (`position_ids`, `attn_mask`).
  ClipTextModel(WeightReader&, const ClipTextConfig&);
  /// `ids`: int64 [N, T], each below the vocabulary, T at most `positions`. The context is the
  /// state before the last `clip_skip` + skipped layers, [N, T, width]. The pooled vector is the
  /// projection of the last layer's state, after the final norm, at the first of the largest ids,
  /// which is the end of the text: [N, projection].
  TextEncoding operator()(const at::Tensor& ids, std::int64_t clip_skip) const;

 private:
  at::Tensor tokens_;
  at::Tensor positions_;
  std::vector<ClipBlock> blocks_;
  LayerNorm norm_;
  std::optional<Linear> projection_;
  ClipTextRules rules_;
  std::int64_t last_layers_;  ///< of the context, without clip_skip
};

}  // namespace calotype
