#include "sampling/image_noise.h"

#include <cmath>

#include "calotype/types/aten.h"

namespace calotype {

ImageNoise::ImageNoise(const Noise& noise, double sigma_min, double sigma_max, c10::Device device)
    : noise_(noise), sigma_min_(sigma_min), sigma_max_(sigma_max), device_(device) {}

at::Tensor ImageNoise::fresh() {
  if (!stream_) stream_ = NoiseStream::after(noise_);
  return stream_->draw().to(device_);
}

at::Tensor ImageNoise::between(double sigma, double sigma_next) {
  if (trees_.empty()) {
    const at::IntArrayRef sizes = noise_.values.sizes();
    for (const std::uint64_t seed : noise_.seeds) {
      trees_.emplace_back(sigma_min_, sigma_max_,
                          std::vector<std::int64_t>{sizes.begin() + 1, sizes.end()}, seed);
    }
  }
  std::vector<at::Tensor> images;
  images.reserve(trees_.size());
  for (BrownianTree& tree : trees_) images.push_back(tree.increment(sigma, sigma_next));
  return (at::stack(images) / std::sqrt(std::abs(sigma_next - sigma))).to(device_);
}

}  // namespace calotype
