#pragma once
/// Encoding and decoding of pictures that are too large for an autoencoder at once.
#include <ATen/core/Tensor.h>

#include <cstdint>

#include "calotype/run_context.h"
#include "calotype/types/models.h"

namespace calotype {

/// The default and the hint of the parameter `tile`, in pixels.
inline constexpr std::int64_t kVaeTile = 512;

/// `vae.decode(latent)`, or the same in tiles of `tile` pixels a side that overlap by a quarter. 0:
/// whole where the memory suffices, else tiles of kVaeTile. Reports a step per tile. Tiles see
/// statistics of their own, so the result differs slightly from the whole; no edges show. Throws
/// what decode() throws, and Error(cancelled).
at::Tensor decode_tiled(const Autoencoder& vae, const at::Tensor& latent, std::int64_t tile,
                        RunContext& context);
/// The same of `vae.encode_distribution(pixels)`.
LatentDistribution encode_tiled(const Autoencoder& vae, const at::Tensor& pixels, std::int64_t tile,
                                RunContext& context);

}  // namespace calotype
