#pragma once
#include <ATen/core/Tensor.h>

#include <cstdint>
#include <memory>

#include "calotype/types/conditioning.h"
#include "calotype/types/models.h"
#include "sampling/sigma_table.h"

namespace calotype {

/// A denoising network as samplers see it: from a noisy latent to the clean one, with
/// classifier-free guidance: result = negative + cfg_scale * (positive - negative). Both sides are
/// evaluated in one batch, positive first, when their contexts have the same number of tokens, else
/// one after the other. Without a negative, or with cfg_scale 1, only the positive is. Not
/// thread-safe.
class GuidedDenoiser {
 public:
  /// `negative` may be null. `batch`: images of the latent; a context of one is repeated. Loads
  /// the weights if needed. Throws Error(run) when a context is not [1 or batch, T, C].
  GuidedDenoiser(const Denoiser& model, const Conditioning& positive, const Conditioning* negative,
                 double cfg_scale, std::int64_t batch);

  const SigmaTable& table() const { return table_; }
  /// `x`: float32 [B, C, h, w] on the model's device, picture + sigma * noise; `sigma` > 0. Returns
  /// the picture that the model sees in it, same shape and scale.
  at::Tensor denoise(const at::Tensor& x, double sigma);

 private:
  at::Tensor guided_output(const at::Tensor& input, double timestep);

  Prediction prediction_;
  double cfg_scale_;
  SigmaTable table_;
  std::unique_ptr<DenoiserRun> positive_;  ///< both sides when `together_`
  std::unique_ptr<DenoiserRun> negative_;
  bool together_ = false;
};

}  // namespace calotype
