#include "vae/encode_picture.h"

#include <string>
#include <vector>

#include "calotype/error.h"
#include "calotype/types/aten.h"
#include "sampling/finite_check.h"
#include "sampling/noise_stream.h"
#include "vae/tiled_vae.h"

namespace calotype {

namespace {

void check_pixels(const at::Tensor& pixels, std::int64_t step) {
  if (pixels.dim() != 4 || pixels.size(1) != 3 || pixels.numel() == 0) {
    throw Error(ErrorCode::run,
                "the image must have the shape [B, 3, H, W], got " + c10::str(pixels.sizes()));
  }
  if (pixels.size(2) % step != 0 || pixels.size(3) % step != 0) {
    throw Error(ErrorCode::run,
                "width and height of the image must be multiples of " + std::to_string(step) +
                    ", got " + std::to_string(pixels.size(3)) + " x " +
                    std::to_string(pixels.size(2)),
                "crop or resize the picture first");
  }
  check_finite("the image", pixels);
}

at::Tensor draw(const LatentDistribution& latent, std::uint64_t first_seed) {
  const at::IntArrayRef sizes = latent.mean.sizes();
  std::vector<std::uint64_t> seeds;
  for (std::int64_t i = 0; i < sizes[0]; ++i) {
    seeds.push_back(first_seed + static_cast<std::uint64_t>(i));
  }
  const at::Tensor noise = NoiseStream(seeds, {sizes.begin() + 1, sizes.end()}).draw();
  return latent.mean + latent.deviation * noise.to(latent.mean.device());
}

}  // namespace

at::Tensor encode_picture(const Autoencoder& vae, const at::Tensor& pixels,
                          std::optional<std::uint64_t> seed, std::int64_t tile,
                          RunContext& context) {
  check_pixels(pixels, vae.downscale());
  context.check_cancelled();
  const LatentDistribution encoded = encode_tiled(vae, pixels, tile, context);
  at::Tensor latent = seed ? draw(encoded, *seed) : encoded.mean;
  if (!at::isfinite(latent).all().item<bool>()) {
    throw Error(ErrorCode::run, "the encoded latent is not finite",
                "load the model with dtype float32 or bfloat16");
  }
  return latent;
}

}  // namespace calotype
