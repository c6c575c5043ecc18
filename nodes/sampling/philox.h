#pragma once
#include <ATen/core/Tensor.h>

#include <cstdint>
#include <vector>

namespace calotype {

/// Gaussian numbers of the counter-based generator Philox4x32-10 (Salmon et al., "Parallel random
/// numbers: as easy as 1, 2, 3", 2011), counted as CUDA's torch.randn counts for tensors with
/// at most one element for each thread that the device runs at once: element i of call n has the
/// counter (n, 0, i, 0), and the first two of its four words make one normal number by Box and
/// Muller. Not thread-safe.
class Philox {
 public:
  explicit Philox(std::uint64_t seed) : seed_(seed) {}
  /// The next call's numbers: float32, `shape`, in host memory.
  at::Tensor randn(const std::vector<std::int64_t>& shape);

 private:
  std::uint64_t seed_;
  std::uint32_t calls_ = 0;
};

}  // namespace calotype
