#pragma once
#include <ATen/core/Generator.h>
#include <ATen/core/Tensor.h>

#include <cstdint>
#include <vector>

#include "calotype/types/noise.h"

namespace calotype {

/// Gaussian noise drawn per image: each has its own generator, so that image i of a batch equals a
/// run of its own. Equal bit for bit to torch.randn with a CPU generator. Not thread-safe.
class NoiseStream {
 public:
  /// `shape`: of one image, [C, h, w]. Draws nothing yet.
  NoiseStream(const std::vector<std::uint64_t>& seeds, std::vector<std::int64_t> shape);

  /// Continues after the draw that made `noise`, which is repeated and thrown away.
  static NoiseStream after(const Noise& noise);

  /// The next numbers of every generator: float32 [images, C, h, w] in host memory.
  at::Tensor draw();

 private:
  std::vector<at::Generator> generators_;
  std::vector<std::int64_t> shape_;
};

}  // namespace calotype
