#pragma once
/// Sizes of a denoising network of the Stable Diffusion design (1.x, 2.x, XL and their relatives),
/// read off its weights.
#include <cstdint>
#include <optional>
#include <vector>

#include "calotype/model_family.h"
#include "checkpoint/weights.h"

namespace calotype {

/// One resolution. Numbers of transformer blocks are given per residual block that they follow; 0:
/// no transformer.
struct UNetLevel {
  std::int64_t channels = 0;
  std::int64_t heads = 0;          ///< of the attentions; divides `channels`
  bool self_attention = true;      ///< false: a block's first attention is to the text as well
  std::vector<std::int64_t> down;  ///< on the way down, one or more
  std::vector<std::int64_t> up;    ///< on the way up, one more than `down`
};

struct UNetConfig {
  ModelFamily family = ModelFamily::sd1;
  std::int64_t in_channels = 4;
  std::int64_t out_channels = 4;
  /// Of the first convolution; the time embedding is 4x as wide.
  std::int64_t model_channels = 320;
  std::vector<UNetLevel> levels;  ///< from full resolution down; each halves height and width
  /// Transformer blocks of the middle block, which has the channels and heads of the last level.
  std::int64_t middle_depth = 1;
  std::int64_t context_width = 768;
  bool linear_projections = false;  ///< into and out of the transformers; else 1x1 convolutions
  std::int64_t vector_width = 0;    ///< of the extra vector, which two layers take; 0: none
  std::int64_t noise_levels = 0;    ///< rows of the table of noise levels; 0: no table

  std::int64_t time_width() const { return 4 * model_channels; }
  ModelKind kind() const { return {family, in_channels}; }

  /// From names and shapes alone. `family`: what the user says it is; empty: what recognise_unet
  /// finds. Shapes do not tell the number of heads: it is 8 in SD 1.x and the x4 upscaler, else
  /// channels / 64. A first attention whose keys are as wide as the text context is self-attention
  /// where the channels are that wide too. Throws Error(io) that says what is not of this design,
  /// or what the family asked for takes and this network does not.
  static UNetConfig detect(const Weights&, std::optional<ModelFamily> family = {});
};

}  // namespace calotype
