#pragma once
#include <ATen/core/Tensor.h>

#include <cstdint>

namespace calotype {

/// The filters of Pillow that depth models are published with.
enum class PillowFilter { bilinear, bicubic };

/// `pixels`: uint8 [C, H, W] in host memory. Bit for bit what Pillow's Image.resize makes of 8-bit
/// pictures: the filter is widened when the picture shrinks; rows first, then columns, in whole
/// numbers with 22 bits after the point, each pass rounded to 8 bits (Resample.c of Pillow).
/// Pillow 13 takes the columns first when the height shrinks more than the width; all before it,
/// and torchvision, do not.
at::Tensor pillow_resize(const at::Tensor& pixels, std::int64_t height, std::int64_t width,
                         PillowFilter filter);

}  // namespace calotype
