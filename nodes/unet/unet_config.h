#pragma once
/// Sizes of a denoising network of the Stable Diffusion 1.x design, read off its weights.
#include <cstdint>
#include <vector>

#include "checkpoint/weights.h"

namespace calotype {

struct UNetLevel {
  std::int64_t channels = 0;
  bool transformers = false;  ///< a transformer follows each residual block
};

struct UNetConfig {
  std::int64_t in_channels = 4;
  std::int64_t out_channels = 4;
  std::int64_t model_channels =
      320;                        ///< of the first convolution; the time embedding is 4x as wide
  std::vector<UNetLevel> levels;  ///< from full resolution down; each halves height and width
  std::int64_t res_blocks = 2;    ///< per level on the way down; one more on the way up
  std::int64_t transformer_depth = 1;
  std::int64_t heads = 8;
  std::int64_t context_width = 768;

  std::int64_t time_width() const { return 4 * model_channels; }

  /// From names and shapes alone. Throws Error(io) that says what is not of this design.
  static UNetConfig detect(const Weights&);
};

}  // namespace calotype
