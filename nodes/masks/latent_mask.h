#pragma once
#include <ATen/core/Tensor.h>

#include <cstdint>

namespace calotype {

/// The mask of a picture at the size of its latent: float32 [B, 1, height, width]. Bilinear between
/// the pixels around the middle of each latent value, without a wider filter, as ComfyUI does:
/// equal to the mask where that is constant over a block. `alpha`: [B, 1, H, W] of the latent's
/// size times any whole number. Throws Error(run) for other sizes, naming both.
at::Tensor latent_mask(const at::Tensor& alpha, std::int64_t height, std::int64_t width);

}  // namespace calotype
