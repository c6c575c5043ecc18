#include "inpaint/blurred_fill.h"

#include <cmath>

#include "calotype/types/aten.h"
#include "pictures/border.h"

namespace calotype {

namespace {

constexpr int kPasses = 3;

/// Half the width of the box whose variance is a third of sigma^2.
double box_radius(double sigma) {
  const double variance = sigma * sigma / kPasses;
  const double whole = std::floor((std::sqrt(12 * variance + 1) - 1) / 2);
  const double share = (2 * whole + 1) * (whole * (whole + 1) - 3 * variance);
  return whole + share / (6 * (variance - (whole + 1) * (whole + 1)));
}

/// Mean over `radius` places to both sides along dimension 3, the outermost ones by their share.
at::Tensor box_rows(const at::Tensor& x, double radius) {
  const auto whole = static_cast<std::int64_t>(radius);
  const std::int64_t size = x.size(3);
  const at::Tensor wide = edge_repeated(x, 3, -whole - 1, size + whole + 1);
  const at::Tensor sums = wide.cumsum(3);
  const at::Tensor inner = sums.narrow(3, 2 * whole + 1, size) - sums.narrow(3, 0, size);
  const at::Tensor outer = wide.narrow(3, 0, size) + wide.narrow(3, 2 * whole + 2, size);
  return (inner + outer * (radius - static_cast<double>(whole))) / (2 * radius + 1);
}

struct Layer {
  double sigma;
  int repeats;
};
constexpr Layer kLayers[] = {{256, 1}, {64, 1}, {16, 2}, {4, 4}, {2, 2}, {0, 1}};

}  // namespace

at::Tensor box_gaussian(const at::Tensor& maps, double sigma) {
  if (sigma <= 0) return maps;
  const double radius = box_radius(sigma);
  at::Tensor x = maps.to(at::kDouble);  // sums over whole rows
  for (int side = 0; side < 2; ++side) {
    for (int pass = 0; pass < kPasses; ++pass) x = box_rows(x, radius);
    x = x.transpose(2, 3);
  }
  return x.to(maps.scalar_type());
}

at::Tensor blurred_fill(const at::Tensor& pixels, const at::Tensor& alpha) {
  const at::Tensor colours = pixels.to(at::kCPU, at::kFloat);
  const at::Tensor kept = 1 - alpha.to(at::kCPU, at::kFloat);
  const at::Tensor premultiplied = colours * kept;
  const at::Tensor layer =
      at::cat({premultiplied, kept.expand({premultiplied.size(0), -1, -1, -1})}, 1);
  at::Tensor out = at::zeros_like(layer);
  for (const auto& [sigma, repeats] : kLayers) {
    const at::Tensor blurred = box_gaussian(layer, sigma).clamp(0, 1);
    const at::Tensor behind = 1 - blurred.narrow(1, 3, 1);
    for (int i = 0; i < repeats; ++i) out = blurred + out * behind;
  }
  const at::Tensor opacity = out.narrow(1, 3, 1);
  const at::Tensor filled = at::where(opacity > 0, out.narrow(1, 0, 3) / opacity, 0.0);
  return at::where(kept == 1, colours, filled).clamp(0, 1).contiguous();
}

}  // namespace calotype
