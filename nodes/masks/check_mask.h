#pragma once
#include <ATen/core/Tensor.h>

#include "calotype/types/image.h"
#include "calotype/types/mask.h"

namespace calotype {

/// Throws Error(run) unless the tensor is [B, 3, H, W] with at least one pixel.
void check_image(const Image& image);
/// Throws Error(run) unless the tensor is [B, 1, H, W] with at least one pixel.
void check_mask(const Mask& mask);
/// Both of the above, and Error(run) unless the mask has the size of the picture, and there is one
/// mask or one picture, or as many masks as pictures.
void check_pair(const Image& image, const Mask& mask);

}  // namespace calotype
