#pragma once
#include <ATen/core/Tensor.h>

#include <optional>
#include <vector>

#include "vae/upsample_conv.h"
#include "vae/vae_blocks.h"
#include "vae/vae_config.h"

namespace calotype {

/// Latents to pictures. Immutable after construction, thread-safe.
class VAEDecoder {
 public:
  VAEDecoder(WeightReader&, const VAEConfig&);
  /// `latent`: [B, C, h, w] of the weights' element type, not scaled. Returns [B, 3, H, W], about
  /// -1..1.
  at::Tensor operator()(const at::Tensor& latent) const;

 private:
  struct Level {
    std::vector<VAEResBlock> blocks;
    std::optional<UpsampleConv> upsample;
  };

  std::optional<Conv2d> latent_conv_;
  Conv2d conv_in_;
  VAEMiddle middle_;
  std::vector<Level> levels_;  ///< in the order of use, coarse to fine
  GroupNorm norm_out_;
  Conv2d conv_out_;
};

}  // namespace calotype
