#pragma once
#include <ATen/core/Tensor.h>

#include "calotype/types/conditioning.h"
#include "calotype/types/models.h"
#include "sampling/model_input.h"

namespace calotype {

/// The vector that SDXL, its refiner and unCLIP take beside the text: float32 [B, vector_width()]
/// in host memory, undefined for other models.
///
/// SDXL: the pooled text, then 6 numbers: height and width of the original, top and left of the
/// crop, height and width of the target. Its refiner: the pooled text, then 5: original, crop, and
/// the aesthetic score. Each number is 256 sinusoids (see timestep_embedding). Without sizes the
/// original and the target are the picture that is made, 8 pixels per latent value, not cropped.
/// The order is that of the SDXL paper (arXiv 2307.01952) and of Stability's configurations.
/// unCLIP: Conditioning::vector as it is; zeros for a negative side without one.
///
/// Throws Error(run) when the conditioning lacks what the model takes, when it has another shape,
/// or when it has an image embedding and the model takes none.
at::Tensor extra_vector(const Denoiser& model, const Conditioning&, Side, const LatentSize&);

}  // namespace calotype
