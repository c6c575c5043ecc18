#include "image_encoder/clip_pixels.h"

#include <algorithm>
#include <array>
#include <optional>

#include "calotype/types/aten.h"

namespace calotype {

namespace {

constexpr std::array<double, 3> kMean{0.48145466, 0.4578275, 0.40821073};
constexpr std::array<double, 3> kDeviation{0.26862954, 0.26130258, 0.27577711};

/// For an axis that becomes `scale` times smaller; one number for no blur.
at::Tensor blur_kernel(double scale, std::int64_t length, const at::TensorOptions& options) {
  if (length == 1) return at::ones({1}, options);
  const double deviation = std::max((scale - 1) / 2, 0.001);
  const auto width = static_cast<std::int64_t>(std::max(4 * deviation, 3.0)) | 1;
  const at::Tensor x = at::arange(width, options) - width / 2;
  const at::Tensor weights = at::exp(x.square() / (-2 * deviation * deviation));
  return weights / weights.sum();
}

/// Along the last axis of [B, 3, H, W], mirrored at the border.
at::Tensor blur_rows(const at::Tensor& x, const at::Tensor& kernel) {
  const std::int64_t reach = kernel.size(0) / 2;
  if (reach == 0) return x;
  const at::Tensor weight = kernel.view({1, 1, 1, -1}).expand({3, 1, 1, -1});
  constexpr std::array<std::int64_t, 2> kOne{1, 1}, kNone{0, 0};
  return at::conv2d(at::reflection_pad2d(x, {reach, reach, 0, 0}), weight, std::nullopt, kOne,
                    kNone, kOne, 3);
}

at::Tensor per_colour(const std::array<double, 3>& values, const at::TensorOptions& options) {
  return at::tensor(values, options).view({1, 3, 1, 1});
}

}  // namespace

at::Tensor clip_pixels(const at::Tensor& pixels, std::int64_t side) {
  at::Tensor x = pixels;
  const double rows = static_cast<double>(x.size(2)) / static_cast<double>(side);
  const double columns = static_cast<double>(x.size(3)) / static_cast<double>(side);
  if (std::max(rows, columns) > 1) {
    const at::Tensor across = blur_kernel(columns, x.size(3), x.options());
    const at::Tensor down = blur_kernel(rows, x.size(2), x.options());
    x = blur_rows(x, across);
    x = blur_rows(x.transpose(2, 3), down).transpose(2, 3).contiguous();
  }
  x = at::upsample_bicubic2d(x, {side, side}, /*align_corners=*/true);
  return (x - per_colour(kMean, x.options())) / per_colour(kDeviation, x.options());
}

}  // namespace calotype
