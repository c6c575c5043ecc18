#pragma once
/// The small network that Real-ESRGAN ships beside RRDBNet (SRVGGNetCompact).
#include <ATen/core/Tensor.h>

#include <cstdint>
#include <vector>

#include "layers/conv2d.h"

namespace calotype {

struct CompactConfig {
  std::int64_t features = 64;
  std::int64_t convs = 32;  ///< between the first and the last
  std::int64_t scale = 4;

  /// From names and shapes. Throws Error(io) when the last convolution does not make 3 channels
  /// times a square of at most 64.
  static CompactConfig detect(const Weights& weights);
};

/// Convolutions with PReLU at the small size, then one that makes all pixels of each square; the
/// repeated input is added. Immutable, thread-safe.
class CompactNet {
 public:
  CompactNet(WeightReader&, const CompactConfig&);
  /// `x`: [B, 3, H, W] in channels-last memory, 0..1. Returns [B, 3, H scale, W scale].
  at::Tensor operator()(const at::Tensor& x) const;

 private:
  std::int64_t scale_;
  std::vector<Conv2d> convs_;
  std::vector<at::Tensor> slopes_;  ///< [features], of each convolution but the last
};

}  // namespace calotype
