#include "sampling/noise_stream.h"

#include <utility>

#include "calotype/types/aten.h"

namespace calotype {

NoiseStream::NoiseStream(const std::vector<std::uint64_t>& seeds, std::vector<std::int64_t> shape,
                         NoiseSource source)
    : shape_(std::move(shape)) {
  generators_.reserve(seeds.size());
  for (const std::uint64_t seed : seeds) {
    generators_.push_back(make_image_random(source, seed));
  }
}

NoiseStream NoiseStream::after(const Noise& noise) {
  const at::IntArrayRef sizes = noise.values.sizes();
  NoiseStream stream(noise.seeds, {sizes.begin() + 1, sizes.end()}, noise.source);
  stream.draw();
  return stream;
}

at::Tensor NoiseStream::draw() {
  std::vector<at::Tensor> images;
  images.reserve(generators_.size());
  for (const auto& generator : generators_) images.push_back(generator->randn(shape_));
  return at::stack(images);
}

}  // namespace calotype
