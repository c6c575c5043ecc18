#pragma once
/// Pictures that show tensors to people. Device tensors are copied to the host. A tensor of another
/// shape than said gives an empty picture. Thread-safe.
#include <ATen/core/Tensor.h>

#include "calotype/port_type.h"

namespace calotype {

/// `pixels`: [B, 3, H, W] or, grey, [B, 1, H, W]; 0..1, clamped, NaN is black. One picture as it
/// is, two side by side, up to four in two rows; what follows is not shown.
Preview picture_preview(const at::Tensor& pixels);

/// `latent`: [B, C, h, w] in model space, one pixel for each place. Four channels are taken for
/// those of SD 1.x, whose colours are nearly a linear function of them; of others the first three,
/// or the first one as grey, are stretched to 0..1.
Preview latent_preview(const at::Tensor& latent);

}  // namespace calotype
