#include "colour_space.h"

#include <calotype/types/aten.h>

#include <cmath>
#include <vector>

namespace example {

namespace {

using Matrix = std::array<double, 9>;

// Numbers of the page that colour_space.h names: linear RGB to cone responses, their cube roots to
// Oklab, and the inverses.
constexpr Matrix kRgbToCones = {0.4122214708, 0.5363325363, 0.0514459929,  //
                                0.2119034982, 0.6806995451, 0.1073969566,  //
                                0.0883024619, 0.2817188376, 0.6299787005};
constexpr Matrix kRootsToLab = {0.2104542553, 0.7936177850,  -0.0040720468,  //
                                1.9779984951, -2.4285922050, 0.4505937099,   //
                                0.0259040371, 0.7827717662,  -0.8086757660};
constexpr Matrix kLabToRoots = {1, 0.3963377774,  0.2158037573,   //
                                1, -0.1055613458, -0.0638541728,  //
                                1, -0.0894841775, -1.2914855480};
constexpr Matrix kConesToRgb = {4.0767416621,  -3.3077115913, 0.2309699292,   //
                                -1.2684380046, 2.6097574011,  -0.3413193965,  //
                                -0.0041960863, -0.7034186147, 1.7076147010};

/// Written out, because a BLAS may add in another order from call to call.
at::Tensor multiply(const at::Tensor& points, const Matrix& m) {
  const std::vector<at::Tensor> p = points.unbind(-1);
  return at::stack(
      {p[0] * m[0] + p[1] * m[1] + p[2] * m[2],  //
       p[0] * m[3] + p[1] * m[4] + p[2] * m[5], p[0] * m[6] + p[1] * m[7] + p[2] * m[8]},
      -1);
}

at::Tensor linear_of(const at::Tensor& srgb) {
  return at::where(srgb <= 0.04045, srgb / 12.92, ((srgb + 0.055) / 1.055).pow(2.4));
}

at::Tensor srgb_of(const at::Tensor& linear) {
  return at::where(linear <= 0.0031308, linear * 12.92, linear.pow(1 / 2.4) * 1.055 - 0.055);
}

}  // namespace

Bounds bounds_of(ColourSpace space) {
  // Of Oklab: a from -0.234 (green) to 0.276 (magenta), b from -0.312 (blue) to 0.199 (yellow).
  if (space == ColourSpace::oklab) return {{0, -0.24, -0.32}, {1, 0.28, 0.2}};
  return {{0, 0, 0}, {1, 1, 1}};
}

Point grey_direction(ColourSpace space) {
  if (space == ColourSpace::oklab) return {1, 0, 0};
  const double part = 1 / std::sqrt(3.0);
  return {part, part, part};
}

at::Tensor to_space(const at::Tensor& rgb, ColourSpace space) {
  const at::Tensor points = rgb.to(at::kDouble);
  if (space == ColourSpace::srgb) return points;
  const at::Tensor linear = linear_of(points);
  if (space == ColourSpace::linear_rgb) return linear;
  return multiply(multiply(linear, kRgbToCones).pow(1.0 / 3), kRootsToLab);
}

at::Tensor from_space(const at::Tensor& points, ColourSpace space) {
  at::Tensor rgb = points;
  if (space == ColourSpace::oklab) {
    rgb = multiply(multiply(points, kLabToRoots).pow(3), kConesToRgb);
  }
  if (space != ColourSpace::srgb) rgb = srgb_of(rgb.clamp(0, 1));
  return rgb.clamp(0, 1).to(at::kFloat);
}

}  // namespace example

std::span<const std::pair<std::string_view, example::ColourSpace>>
calotype::EnumNames<example::ColourSpace>::table() {
  using enum example::ColourSpace;
  static constexpr std::array<std::pair<std::string_view, example::ColourSpace>, 3> kTable{
      {{"srgb", srgb}, {"linear_rgb", linear_rgb}, {"oklab", oklab}}};
  return kTable;
}
