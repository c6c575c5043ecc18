#pragma once
/// The colours of pictures as rows of numbers.
#include <ATen/core/Tensor.h>
#include <calotype/types/image.h>

#include <cstdint>

namespace example {

/// All pixels of a batch, row by row: float32 [B * H * W, 3] in host memory, clamped to 0..1.
/// Throws calotype::Error(run) when the image is not [B, 3, H, W], is empty or contains NaN.
at::Tensor colour_rows(const calotype::Image& image);

/// The distinct colours of pictures, in ascending order, and how often each occurs.
struct ColourCounts {
  at::Tensor colours;  ///< float32 [M, 3]
  at::Tensor pixels;   ///< int64 [M], at least 1
};
/// `rows` as colour_rows gives them.
ColourCounts count_colours(const at::Tensor& rows);

}  // namespace example
