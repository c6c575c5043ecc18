#pragma once
#include <ATen/core/Tensor.h>

#include <cstdint>
#include <optional>
#include <string>

#include "layers/conv2d.h"
#include "layers/linear.h"
#include "layers/norm.h"

namespace calotype {

/// Two convolutions with a time shift between them and a residual around them. Immutable,
/// thread-safe.
class ResBlock {
 public:
  ResBlock(WeightReader&, const std::string& name, std::int64_t in, std::int64_t out,
           std::int64_t time_width);
  /// `x`: [B, in, H, W] in channels-last memory, let go of as early as possible; `time`:
  /// [1 or B, time_width], after its activation.
  at::Tensor operator()(at::Tensor x, const at::Tensor& time) const;

 private:
  GroupNorm norm_in_;
  Conv2d conv_in_;
  Linear time_;
  GroupNorm norm_out_;
  Conv2d conv_out_;
  std::optional<Conv2d> skip_;
};

}  // namespace calotype
