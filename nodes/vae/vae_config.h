#pragma once
/// Sizes of a Stable Diffusion autoencoder, read off its weights.
#include <cstdint>
#include <vector>

#include "checkpoint/weights.h"

namespace calotype {

struct VAEConfig {
  std::vector<std::int64_t> channels;  ///< per level, from full resolution down
  std::int64_t res_blocks = 2;         ///< per level of the encoder; one more in the decoder
  std::int64_t latent_channels = 4;
  bool has_encoder = true;
  bool latent_convolutions = true;  ///< quant_conv and post_quant_conv

  std::int64_t downscale() const { return std::int64_t{1} << (channels.size() - 1); }

  /// From names and shapes alone. A decoder is required. Throws Error(io) that says what is not of
  /// this design.
  static VAEConfig detect(const Weights&);
};

}  // namespace calotype
