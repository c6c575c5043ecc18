#pragma once
#include <ATen/core/Tensor.h>

#include <cstdint>
#include <string>

#include "layers/conv2d.h"

namespace calotype {

/// Doubling by repetition followed by a 3x3 convolution. On the CPU both are done as one 2x2
/// convolution at the small size with four times as many channels, one set per position inside a
/// pixel's square: 4/9 of the arithmetic, and no doubled input in memory. Immutable, thread-safe.
class UpsampleConv {
 public:
  /// Takes `name`.weight [channels, channels, 3, 3] and `name`.bias.
  UpsampleConv(WeightReader&, const std::string& name, std::int64_t channels);
  /// `x`: [B, channels, h, w] in channels-last memory. Returns [B, channels, 2h, 2w].
  at::Tensor operator()(at::Tensor x) const;

 private:
  UpsampleConv(const at::Tensor& weight, const at::Tensor& bias, std::int64_t channels,
               const Placement&);
  at::Tensor doubled(at::Tensor x) const;

  bool at_small_size_;
  Conv2d conv_;
};

}  // namespace calotype
