#pragma once
/// How a picture of one shape is put into another.
#include <ATen/core/Tensor.h>

#include <cstdint>
#include <span>
#include <string_view>
#include <utility>

#include "calotype/param_traits.h"
#include "pictures/resample.h"

namespace calotype {

/// AUTOMATIC1111's resize modes 0 to 2.
enum class FitMode {
  stretch,  ///< the proportions change
  crop,     ///< the picture covers the new size; what sticks out is cut off on both sides
  fill      ///< the picture is inside the new size; its edge pixels are repeated outwards
};

template <>
struct EnumNames<FitMode> {
  static std::span<const std::pair<std::string_view, FitMode>> table();
};

/// `maps`: [B, C, H, W], 0..1. Returns float32 [B, C, height, width], 0..1. Sizes in between are
/// cut to integers and the picture is centred as AUTOMATIC1111 does. Throws Error(run) as
/// resample() does. Thread-safe.
at::Tensor fit(const at::Tensor& maps, std::int64_t height, std::int64_t width, FitMode mode,
               ResampleMethod method);

}  // namespace calotype
