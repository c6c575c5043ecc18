#pragma once
#include <ATen/core/Tensor.h>

#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "calotype/types/conditioning.h"
#include "calotype/types/models.h"
#include "sampling/model_input.h"
#include "sampling/sigma_table.h"

namespace calotype {

/// How far the result is moved away from what is not wanted.
struct Guidance {
  double cfg_scale = 7;
  /// For models that edit a picture: how far towards the picture (InstructPix2Pix, section 3.2.1).
  /// Unset: the picture is on both sides and not guided by.
  std::optional<double> image_cfg_scale;
};

/// A denoising network as samplers see it: from a noisy latent to the clean one, with
/// classifier-free guidance: result = negative + cfg_scale * (positive - negative). With
/// image_cfg_scale there are three sides: result = none + cfg_scale * (positive - negative) +
/// image_cfg_scale * (negative - none), where `none` is the negative without the picture. All sides
/// are evaluated in one batch, positive first, when their contexts have the same number of tokens,
/// else one after the other. Without a negative, or where it has no effect, only the positive is.
/// Not thread-safe.
class GuidedDenoiser {
 public:
  /// `negative` may be null. A conditioning of one picture is repeated for the batch. Loads the
  /// weights if needed. Throws Error(run) when a conditioning does not fit the model or the latent,
  /// and for an image_cfg_scale with a model that takes no picture.
  GuidedDenoiser(const Denoiser& model, const Conditioning& positive, const Conditioning* negative,
                 const Guidance& guidance, const LatentSize& size);

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
  /// The network's output for each side.
  std::vector<at::Tensor> outputs(const at::Tensor& input, double timestep) const;
  at::Tensor guided_output(const at::Tensor& input, double timestep) const;

  Prediction prediction_ = Prediction::epsilon;
  Guidance guidance_;
  SigmaTable table_;
  std::int64_t sides_ = 1;
  std::vector<Bound> calls_;  ///< one for all sides, or one for each
};

}  // namespace calotype
