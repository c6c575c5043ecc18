#pragma once
#include <ATen/core/Tensor.h>

namespace calotype {

/// Pictures whose masked part shows the colours around it, ever coarser towards its middle:
/// AUTOMATIC1111's "masked content: fill". The unmasked part is blurred by ever smaller amounts,
/// its opacity with it, and the results are laid over each other. `pixels`: [B, 3, H, W]; `alpha`:
/// [1 or B, 1, H, W]. Returns float32 of the larger batch, in host memory; black where everything
/// is masked. Thread-safe.
at::Tensor blurred_fill(const at::Tensor& pixels, const at::Tensor& alpha);

/// Three passes of a box of fractional width along each side, the picture continued by its edge
/// pixels: close to a Gaussian of standard deviation `sigma` px at any width, in equal time
/// (Gwosdek et al., "Theoretical foundations of Gaussian convolution by extended box filtering",
/// 2011). Pillow's GaussianBlur. `maps`: [B, C, H, W].
at::Tensor box_gaussian(const at::Tensor& maps, double sigma);

}  // namespace calotype
