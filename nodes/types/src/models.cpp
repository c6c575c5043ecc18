#include "calotype/types/models.h"

#include "calotype/types/aten.h"

namespace calotype {

DenoiserRun::~DenoiserRun() = default;
Denoiser::~Denoiser() = default;
TextEncoder::~TextEncoder() = default;
Autoencoder::~Autoencoder() = default;

LatentDistribution Autoencoder::encode_distribution(const at::Tensor& pixels) const {
  at::Tensor mean = encode(pixels);
  return {mean, at::zeros_like(mean)};
}

}  // namespace calotype
