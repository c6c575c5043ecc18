#pragma once
/// The spaces in which colours are compared and averaged.
#include <ATen/core/Tensor.h>
#include <calotype/param_traits.h>

#include <array>
#include <span>
#include <string_view>
#include <utility>

namespace example {

enum class ColourSpace {
  srgb,        ///< the numbers of picture files
  linear_rgb,  ///< proportional to light; sRGB's curve of IEC 61966-2-1
  oklab        ///< distances as people see them: B. Ottosson, "A perceptual color space for image
               ///< processing", 2020, https://bottosson.github.io/posts/oklab/
};

/// A place in a colour space.
using Point = std::array<double, 3>;

/// The smallest box with sides along the axes that holds all colours of sRGB.
struct Bounds {
  Point low;
  Point high;
};
Bounds bounds_of(ColourSpace space);

/// The direction from black to white, of length 1.
Point grey_direction(ColourSpace space);

/// `rgb`: [..., 3], sRGB, 0..1. Returns float64 of the same shape in `space`.
at::Tensor to_space(const at::Tensor& rgb, ColourSpace space);

/// Back: float32 [..., 3], sRGB, clamped to 0..1.
at::Tensor from_space(const at::Tensor& points, ColourSpace space);

}  // namespace example

template <>
struct calotype::EnumNames<example::ColourSpace> {
  static std::span<const std::pair<std::string_view, example::ColourSpace>> table();
};
