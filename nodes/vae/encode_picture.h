#pragma once
#include <ATen/core/Tensor.h>

#include <cstdint>
#include <optional>

#include "calotype/run_context.h"
#include "calotype/types/models.h"

namespace calotype {

/// The latent of pictures in model space, float32 [B, C, H/8, W/8] on the model's device. Without a
/// seed the mean of the encoder's distribution; with one, mean + deviation * noise, where the noise
/// of picture i is torch.randn([1, C, H/8, W/8]) of a CPU generator of seed + i, as in diffusers.
/// `tile` as in encode_tiled(). Throws Error(run) when `pixels` is not [B, 3, H, W] with H and W
/// multiples of the model's downscale factor, or when the latent is not finite; Error(cancelled).
at::Tensor encode_picture(const Autoencoder& vae, const at::Tensor& pixels,
                          std::optional<std::uint64_t> seed, std::int64_t tile,
                          RunContext& context);

}  // namespace calotype
