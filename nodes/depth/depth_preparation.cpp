#include "depth/depth_preparation.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "calotype/error.h"
#include "calotype/types/aten.h"
#include "depth/pillow_resize.h"

namespace calotype {

namespace {

/// To the nearest multiple, or the next one where that is below `least`.
std::int64_t to_multiple(double side, std::int64_t multiple, std::int64_t least) {
  const auto unit = static_cast<double>(multiple);
  double rounded = std::nearbyint(side / unit) * unit;
  if (rounded < static_cast<double>(least)) rounded = std::ceil(side / unit) * unit;
  constexpr double kFar = 1e9;
  return std::max(multiple, static_cast<std::int64_t>(std::min(rounded, kFar)));
}

at::Tensor resize_8_bit(const at::Tensor& pixels, const PreparedSize& size, PillowFilter filter) {
  const at::Tensor bytes = pixels[0].cpu().mul(255).round_().clamp_(0, 255).to(at::kByte);
  return pillow_resize(bytes, size.height, size.width, filter)
      .unsqueeze(0)
      .to(pixels.device(), at::kFloat)
      .div_(255);
}

at::Tensor resize(const DepthPreparation& p, const at::Tensor& pixels, const PreparedSize& size) {
  switch (p.filter) {
    case DepthFilter::pillow_bilinear:
      return resize_8_bit(pixels, size, PillowFilter::bilinear);
    case DepthFilter::pillow_bicubic:
      return resize_8_bit(pixels, size, PillowFilter::bicubic);
    case DepthFilter::cubic:
      break;
  }
  if (pixels.size(2) == size.height && pixels.size(3) == size.width) return pixels;
  // In float64: float32 positions would shift the samples of large pictures visibly at edges.
  return at::upsample_bicubic2d(pixels.to(at::kDouble), {size.height, size.width},
                                /*align_corners=*/false)
      .to(at::kFloat);
}

}  // namespace

PreparedSize prepared_size(const DepthPreparation& p, std::int64_t height, std::int64_t width) {
  double scale_height = static_cast<double>(p.height) / static_cast<double>(height);
  double scale_width = static_cast<double>(p.width) / static_cast<double>(width);
  if (p.rule == DepthSizeRule::minimal) {
    const bool by_width = std::abs(1.0 - scale_width) < std::abs(1.0 - scale_height);
    scale_height = scale_width = by_width ? scale_width : scale_height;
  } else if (p.rule == DepthSizeRule::lower_bound) {
    scale_height = scale_width = std::max(scale_height, scale_width);
  }
  const bool bound = p.rule == DepthSizeRule::lower_bound;
  const PreparedSize size{
      to_multiple(scale_height * static_cast<double>(height), p.multiple, bound ? p.height : 0),
      to_multiple(scale_width * static_cast<double>(width), p.multiple, bound ? p.width : 0)};
  if (size.height > kMaxPreparedPixels / size.width) {
    throw Error(ErrorCode::run,
                fmt::format("a picture of {} x {} px is too narrow for this depth model, which "
                            "would compute it at {} x {} px",
                            width, height, size.width, size.height),
                "crop the picture to milder proportions");
  }
  return size;
}

at::Tensor prepare_picture(const DepthPreparation& p, const at::Tensor& pixels) {
  const PreparedSize size = prepared_size(p, pixels.size(2), pixels.size(3));
  const at::Tensor x = resize(p, pixels.to(at::kFloat), size);
  const auto per_channel = [&](const std::array<double, 3>& values) {
    return at::tensor(values, at::kFloat).view({1, 3, 1, 1}).to(x.device());
  };
  return x.sub(per_channel(p.mean)).div_(per_channel(p.deviation));
}

}  // namespace calotype
