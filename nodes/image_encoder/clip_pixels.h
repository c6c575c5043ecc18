#pragma once
#include <ATen/core/Tensor.h>

#include <cstdint>

namespace calotype {

/// Pixels as CLIP's image half takes them in unCLIP: the whole picture resized to `side` x `side`,
/// whatever its shape, then minus CLIP's mean and divided by its deviation per colour. Resizing is
/// bicubic with corners aligned, after a Gaussian blur of deviation (scale - 1) / 2 along each axis
/// when the picture is larger; that is `resize` of the library kornia with `antialias`, which the
/// models were trained with. `pixels`: float32 [B, 3, H, W], 0..1; the result: [B, 3, side, side].
at::Tensor clip_pixels(const at::Tensor& pixels, std::int64_t side);

}  // namespace calotype
