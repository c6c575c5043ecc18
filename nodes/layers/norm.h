#pragma once
/// Normalisation layers. Statistics are float32 whatever the element type. Immutable after
/// construction, thread-safe.
#include <ATen/core/Tensor.h>

#include <cstdint>
#include <string>

#include "checkpoint/weights.h"

namespace calotype {

inline constexpr std::int64_t kNormGroups = 32;

/// Over 32 groups of channels of a feature map [B, C, H, W] in channels-last memory.
class GroupNorm {
 public:
  GroupNorm(WeightReader&, const std::string& name, std::int64_t channels, double epsilon);

  at::Tensor operator()(const at::Tensor& x) const;
  /// SiLU of the normalised map.
  at::Tensor silu(const at::Tensor& x) const;
  /// The same; the memory of `x` may be reused for the result.
  at::Tensor silu(at::Tensor&& x) const;

 private:
  at::Tensor library(const at::Tensor& x) const;

  at::Tensor weight_;
  at::Tensor bias_;
  double epsilon_;
};

/// Over the last dimension.
class LayerNorm {
 public:
  LayerNorm(WeightReader&, const std::string& name, std::int64_t width, double epsilon = 1e-5);
  at::Tensor operator()(const at::Tensor& x) const;

 private:
  at::Tensor weight_;
  at::Tensor bias_;
  double epsilon_;
};

}  // namespace calotype
