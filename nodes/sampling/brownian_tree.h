#pragma once
#include <ATen/core/Tensor.h>

#include <cstdint>
#include <memory>
#include <vector>

namespace calotype {

/// One Brownian path over [start, end] for a tensor of independent motions, decided by the seed
/// alone: what was asked before, and in which order, does not matter. Halves intervals until an
/// asked time is an end of one, to a resolution of 1e-6; the middle of each is drawn by a generator
/// of its own, seeded by the place in the tree. Meant to equal torchsde's BrownianInterval with
/// halfway_tree, tol 1e-6 and pool_size 24 (what k-diffusion uses); the reference test holds the
/// two side by side where torchsde is installed. Not thread-safe.
class BrownianTree {
 public:
  /// `shape` of one image; start < end.
  BrownianTree(double start, double end, std::vector<std::int64_t> shape, std::uint64_t seed);
  ~BrownianTree();
  BrownianTree(BrownianTree&&) noexcept;

  /// W(to) - W(from): float32 in host memory. Times outside the path are moved to its ends.
  at::Tensor increment(double from, double to);

 private:
  struct Node;
  void split(Node& node);
  void collect(Node& node, double from, double to, at::Tensor& sum);
  at::Tensor randn(std::uint32_t seed) const;

  std::vector<std::int64_t> shape_;
  std::uint64_t seed_;
  std::unique_ptr<Node> root_;
};

}  // namespace calotype
