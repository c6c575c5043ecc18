#pragma once
/// Resizing of pictures, masks and other maps in float32.
#include <ATen/core/Tensor.h>

#include <cstdint>
#include <span>
#include <string_view>
#include <utility>

#include "calotype/param_traits.h"

namespace calotype {

/// All but `nearest` and `area` follow Pillow: a filter that is widened when the picture shrinks,
/// so that nothing aliases, and whose weights are normalised where it leaves the picture.
enum class ResampleMethod {
  nearest,   ///< the pixel under the new pixel's centre (torch's nearest-exact)
  bilinear,  ///< triangle, support 1
  bicubic,   ///< cubic convolution with a = -0.5, support 2 (torch's own default is a = -0.75)
  area,      ///< mean of all pixels that the new pixel touches (torch's "area")
  lanczos    ///< windowed sinc with three lobes, support 3
};

template <>
struct EnumNames<ResampleMethod> {
  static std::span<const std::pair<std::string_view, ResampleMethod>> table();
};

/// `maps`: floating point [B, C, H, W] on any device. Returns float32 [B, C, height, width],
/// contiguous, on the same device. Computed in host memory, so every device gets the same numbers:
/// first along the width, then along the height. A side whose size stays is left as it is. Values
/// are not clamped: bicubic and lanczos overshoot at edges. Throws Error(run) for other shapes,
/// empty maps, sizes below 1 and sizes that this machine has no memory for. Thread-safe.
at::Tensor resample(const at::Tensor& maps, std::int64_t height, std::int64_t width,
                    ResampleMethod method);

}  // namespace calotype
