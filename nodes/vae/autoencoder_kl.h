#pragma once
#include <memory>

#include "checkpoint/weights.h"

namespace calotype {

/// An autoencoder over the weights of a Stable Diffusion VAE. The sizes are detected at once
/// (throws Error(io) as VAEConfig::detect does); encoder and decoder are read when each is first
/// used. encode() throws Error(run) when the weights have no encoder; decode() computes again in
/// float32 when the result in a smaller type is not finite, and throws Error(run) when that one is
/// not either.
AutoencoderHandle make_autoencoder_kl(std::shared_ptr<const Weights>, Placement,
                                      double scaling_factor);

}  // namespace calotype
