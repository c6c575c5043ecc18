#pragma once
/// The image half of CLIP: a vision transformer (Dosovitskiy et al. 2020, arXiv 2010.11929).
#include <ATen/core/Tensor.h>

#include <cstdint>
#include <string>
#include <vector>

#include "checkpoint/weights.h"
#include "layers/clip_block.h"

namespace calotype {

/// What names and shapes do not tell; 0 heads: those that models of the width have.
struct ClipVisionRules {
  ClipActivation activation = ClipActivation::gelu;
  std::int64_t heads = 0;
};

struct ClipVisionConfig {
  ClipLayout layout = ClipLayout::open_clip;
  std::int64_t patch = 14;  ///< side, pixels
  std::int64_t side = 224;  ///< of the picture, pixels
  std::int64_t width = 1280;
  std::int64_t heads = 16;
  std::int64_t layers = 32;
  std::int64_t mlp_width = 5120;
  std::int64_t projection = 1024;  ///< width of the embedding
  ClipActivation activation = ClipActivation::gelu;

  /// From names and shapes, in the layout of transformers (`vision_model.`, `visual_projection.`)
  /// or of OpenCLIP (`visual.`). Heads: 16 from a width of 1024 on, as in L, H, g and bigG; below
  /// they are 64 wide. Throws Error(io) that says what is not of this design.
  static ClipVisionConfig detect(const Weights&, const ClipVisionRules& = {});
};

/// Immutable after construction, thread-safe.
class ClipVisionModel {
 public:
  ClipVisionModel(WeightReader&, const ClipVisionConfig&);
  /// `pixels`: [B, 3, side, side] as clip_pixels makes them. Returns the projection of the class
  /// token after the last norm, [B, projection].
  at::Tensor operator()(const at::Tensor& pixels) const;

 private:
  std::int64_t patch_;
  Linear patches_;
  at::Tensor class_token_;
  at::Tensor positions_;
  LayerNorm norm_before_;
  std::vector<ClipBlock> blocks_;
  LayerNorm norm_after_;
  Linear projection_;
};

}  // namespace calotype
