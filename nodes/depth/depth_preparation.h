#pragma once
/// How a picture of any size becomes the input of a depth network. Everything is as the model's
/// authors do it: their networks see only pictures that were made so.
#include <ATen/core/Tensor.h>

#include <array>
#include <cstdint>

namespace calotype {

/// The largest prepared picture, px; beyond it a model would need many GiB.
inline constexpr std::int64_t kMaxPreparedPixels = 4 * 1024 * 1024;

enum class DepthSizeRule {
  exact,       ///< both sides as given, whatever the picture's proportions
  minimal,     ///< proportions kept, scaled as little as possible to one of the sides
  lower_bound  ///< proportions kept, neither side below the given one
};

enum class DepthFilter {
  cubic,            ///< OpenCV's INTER_CUBIC on real numbers: a = -3/4, not widened
  pillow_bilinear,  ///< Pillow's on 8-bit numbers
  pillow_bicubic
};

struct DepthPreparation {
  std::int64_t width = 384, height = 384;  ///< px
  DepthSizeRule rule = DepthSizeRule::minimal;
  std::int64_t multiple = 32;  ///< of both sides, to the nearest (ties to even), px
  DepthFilter filter = DepthFilter::cubic;
  std::array<double, 3> mean{0.5, 0.5, 0.5}, deviation{0.5, 0.5, 0.5};
};

struct PreparedSize {
  std::int64_t height = 0, width = 0;  ///< px
};

/// For a picture of `height` x `width` px. Throws Error(run) when the result is larger than
/// kMaxPreparedPixels, as for a long and narrow picture.
PreparedSize prepared_size(const DepthPreparation&, std::int64_t height, std::int64_t width);

/// `pixels`: [1, 3, H, W], 0..1, on any device; 8-bit filters take the nearest 8-bit values.
/// Returns float32 [1, 3, h, w], normalised, on the same device.
at::Tensor prepare_picture(const DepthPreparation&, const at::Tensor& pixels);

}  // namespace calotype
