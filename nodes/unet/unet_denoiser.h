#pragma once
#include <memory>
#include <string>

#include "checkpoint/weights.h"

namespace calotype {

/// A denoiser over UNet weights. The sizes are detected at once (throws Error(io) as
/// UNetConfig::detect does); data is read at the first begin().
DenoiserHandle make_unet_denoiser(std::shared_ptr<const Weights>, Placement, Prediction,
                                  std::string family);

/// Cumulative products of (1 - beta) of the training of Stable Diffusion 1.x: float64 [1000] in
/// host memory. The roots of beta rise linearly from sqrt(0.00085) to sqrt(0.012).
at::Tensor training_alphas_cumprod();

}  // namespace calotype
