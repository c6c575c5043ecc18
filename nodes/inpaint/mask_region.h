#pragma once
#include <ATen/core/Tensor.h>

#include <cstdint>

#include "calotype/types/region.h"

namespace calotype {

/// The part of a picture to repaint: the smallest rectangle around all masked pixels of the batch,
/// grown by `padding` px inside the picture, then made longer on one side until it has the
/// proportions width : height, or reaches the picture's edges. AUTOMATIC1111's "only masked".
/// `alpha`: [B, 1, H, W]; values that 8 bits round to 0 do not count. Throws Error(run) when the
/// mask is empty.
Region mask_region(const at::Tensor& alpha, std::int64_t padding, std::int64_t width,
                   std::int64_t height);

}  // namespace calotype
