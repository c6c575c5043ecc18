#pragma once
#include <ATen/core/Tensor.h>

#include <optional>
#include <vector>

#include "vae/vae_blocks.h"
#include "vae/vae_config.h"

namespace calotype {

/// Pictures to latents. Immutable after construction, thread-safe.
class VAEEncoder {
 public:
  VAEEncoder(WeightReader&, const VAEConfig&);
  /// `pixels`: [B, 3, H, W], -1..1. Returns [B, 2 C, h, w], not scaled: the means of
  /// the distribution, then the logarithms of its variances.
  at::Tensor operator()(const at::Tensor& pixels) const;

 private:
  struct Level {
    std::vector<VAEResBlock> blocks;
    std::optional<Conv2d> downsample;
  };

  Conv2d conv_in_;
  std::vector<Level> levels_;
  VAEMiddle middle_;
  GroupNorm norm_out_;
  Conv2d conv_out_;
  std::optional<Conv2d> latent_conv_;
};

}  // namespace calotype
