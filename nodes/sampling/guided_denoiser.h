#pragma once
#include <ATen/core/Tensor.h>

#include <cstdint>
#include <memory>

#include "calotype/types/conditioning.h"
#include "calotype/types/models.h"
#include "sampling/model_input.h"
#include "sampling/sigma_table.h"

namespace calotype {

/// A denoising network as samplers see it: from a noisy latent to the clean one, with
/// classifier-free guidance: result = negative + cfg_scale * (positive - negative). Both sides are
/// evaluated in one batch, positive first, when their contexts have the same number of tokens, else
/// one after the other. Without a negative, or with cfg_scale 1, only the positive is. Not
/// thread-safe.
class GuidedDenoiser {
 public:
  /// `negative` may be null. A conditioning of one picture is repeated for the batch. Loads the
  /// weights if needed. Throws Error(run) when a conditioning does not fit the model or the latent.
  GuidedDenoiser(const Denoiser& model, const Conditioning& positive, const Conditioning* negative,
                 double cfg_scale, const LatentSize& size);

  const SigmaTable& table() const { return table_; }
  /// `x`: float32 [B, C, h, w] on the model's device, picture + sigma * noise; `sigma` > 0. Returns
  /// the picture that the model sees in it, same shape and scale.
  at::Tensor denoise(const at::Tensor& x, double sigma);

 private:
  /// One call of the network, with the extra channels that go with it.
  struct Bound {
    std::unique_ptr<DenoiserRun> run;
    at::Tensor channels;
    at::Tensor predict(const at::Tensor& input, double timestep) const;
  };
  static Bound bind(const Denoiser& model, ModelInput input);
  at::Tensor guided_output(const at::Tensor& input, double timestep) const;

  Prediction prediction_ = Prediction::epsilon;
  double cfg_scale_;
  SigmaTable table_;
  Bound positive_;  ///< both sides when `together_`
  Bound negative_;
  bool together_ = false;
};

}  // namespace calotype
