#pragma once
#include <ATen/core/Tensor.h>

#include <cstdint>
#include <memory>
#include <vector>

#include "calotype/types/noise.h"
#include "sampling/image_random.h"

namespace calotype {

/// Gaussian noise drawn per image: each has its own generator, so that image i of a batch equals a
/// run of its own. Not thread-safe.
class NoiseStream {
 public:
  /// `shape`: of one image, [C, h, w]. Draws nothing yet.
  NoiseStream(const std::vector<std::uint64_t>& seeds, std::vector<std::int64_t> shape,
              NoiseSource source = NoiseSource::cpu);

  /// Continues after the draw that made `noise`, which is repeated and thrown away.
  static NoiseStream after(const Noise& noise);

  /// The next numbers of every generator: float32 [images, C, h, w] in host memory.
  at::Tensor draw();

 private:
  std::vector<std::unique_ptr<ImageRandom>> generators_;
  std::vector<std::int64_t> shape_;
};

}  // namespace calotype
