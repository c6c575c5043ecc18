#pragma once
#include <ATen/core/Tensor.h>

#include "sampling/sample.h"

namespace calotype {

/// The tensors of a Sample run, checked and on the model's device, float32.
struct SampleTensors {
  at::Tensor noise;   ///< [B, C, h, w]
  at::Tensor latent;  ///< [B, C, h, w]; undefined without one
  at::Tensor mask;    ///< [1 or B, 1, h, w]; undefined without one
};

/// Throws Error(run) when a shape does not fit the model or the noise, when the noise does not have
/// one seed per image, when `denoise` is below 1, a run is continued or
/// a mask is given without a latent, or a mask when a run is continued. The mask is
/// resized by latent_mask().
SampleTensors check_inputs(const Sample::Inputs& in, const Sample::Params& p);

}  // namespace calotype
