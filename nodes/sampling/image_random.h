#pragma once
#include <ATen/core/Tensor.h>

#include <cstdint>
#include <memory>
#include <vector>

#include "calotype/types/noise.h"

namespace calotype {

/// The random numbers of one picture. Not thread-safe.
class ImageRandom {
 public:
  ImageRandom() = default;
  ImageRandom(const ImageRandom&) = delete;
  ImageRandom& operator=(const ImageRandom&) = delete;
  virtual ~ImageRandom() = default;
  /// The next Gaussian numbers: float32, `shape`, in host memory.
  virtual at::Tensor randn(const std::vector<std::int64_t>& shape) = 0;
};

/// A generator of that source, started with `seed`. NoiseSource::device is that of the first CUDA
/// device, or of the CPU where there is none.
std::unique_ptr<ImageRandom> make_image_random(NoiseSource source, std::uint64_t seed);

}  // namespace calotype
