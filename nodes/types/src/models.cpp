#include "calotype/types/models.h"

#include <algorithm>
#include <limits>

#include "calotype/types/aten.h"
#include "calotype/types/image_encoder.h"

namespace calotype {

DenoiserRun::~DenoiserRun() = default;
Denoiser::~Denoiser() = default;
TextTower::~TextTower() = default;
Autoencoder::~Autoencoder() = default;
ImageEncoder::~ImageEncoder() = default;

std::int64_t TextEncoder::width() const {
  std::int64_t sum = 0;
  for (const auto& tower : towers) sum += tower->width();
  return sum;
}

std::int64_t TextEncoder::pooled_width() const {
  std::int64_t sum = 0;
  for (const auto& tower : towers) sum += tower->pooled_width();
  return sum;
}

std::int64_t TextEncoder::layers() const {
  std::int64_t least = std::numeric_limits<std::int64_t>::max();
  for (const auto& tower : towers) least = std::min(least, tower->layers());
  return least;
}

MemoryUse TextEncoder::memory() const {
  MemoryUse sum;
  for (const auto& tower : towers) {
    const MemoryUse one = tower->memory();
    sum.host += one.host;
    sum.device += one.device;
  }
  return sum;
}

LatentDistribution Autoencoder::encode_distribution(const at::Tensor& pixels) const {
  at::Tensor mean = encode(pixels);
  return {mean, at::zeros_like(mean)};
}

}  // namespace calotype
