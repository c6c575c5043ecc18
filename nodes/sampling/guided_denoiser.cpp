#include "sampling/guided_denoiser.h"

#include <cmath>
#include <utility>

#include "calotype/error.h"
#include "calotype/types/aten.h"

namespace calotype {

GuidedDenoiser::Bound GuidedDenoiser::bind(const Denoiser& model, ModelInput input) {
  return {model.begin(input.conditions), std::move(input.channels)};
}

at::Tensor GuidedDenoiser::Bound::predict(const at::Tensor& input, double timestep) const {
  const at::Tensor timesteps =
      at::full({input.size(0)}, timestep, input.options().dtype(at::kFloat));
  at::Tensor output =
      run->predict(channels.defined() ? at::cat({input, channels}, 1) : input, timesteps);
  if (output.sizes() != input.sizes()) {
    throw Error(ErrorCode::run, "the model must return the shape of the latent, " +
                                    c10::str(input.sizes()) + ", got " + c10::str(output.sizes()));
  }
  return output;
}

GuidedDenoiser::GuidedDenoiser(const Denoiser& model, const Conditioning& positive,
                               const Conditioning* negative, double cfg_scale,
                               const LatentSize& size)
    : cfg_scale_(cfg_scale), table_(model.alphas_cumprod()) {
  ModelInput wanted = model_input(model, positive, Side::positive, size);
  if (negative == nullptr || cfg_scale == 1) {
    positive_ = bind(model, std::move(wanted));
    prediction_ = model.prediction();
    return;
  }
  ModelInput unwanted =
      model_input(model, complete_negative(*negative, positive), Side::negative, size);
  together_ = wanted.conditions.context.sizes() == unwanted.conditions.context.sizes();
  if (together_) {
    positive_ = bind(model, join(wanted, unwanted));
  } else {
    positive_ = bind(model, std::move(wanted));
    negative_ = bind(model, std::move(unwanted));
  }
  prediction_ = model.prediction();
}

at::Tensor GuidedDenoiser::guided_output(const at::Tensor& input, double timestep) const {
  if (!together_ && !negative_.run) return positive_.predict(input, timestep);
  at::Tensor wanted;
  at::Tensor unwanted;
  if (together_) {
    const at::Tensor both = positive_.predict(at::cat({input, input}), timestep);
    wanted = both.narrow(0, 0, input.size(0));
    unwanted = both.narrow(0, input.size(0), input.size(0));
  } else {
    wanted = positive_.predict(input, timestep);
    unwanted = negative_.predict(input, timestep);
  }
  return unwanted.add(wanted - unwanted, cfg_scale_);
}

at::Tensor GuidedDenoiser::denoise(const at::Tensor& x, double sigma) {
  const double variance = sigma * sigma + 1;
  const at::Tensor output = guided_output(x / std::sqrt(variance), table_.timestep(sigma));
  if (prediction_ == Prediction::v) {
    return (x / variance).sub(output, sigma / std::sqrt(variance));
  }
  return x.sub(output, sigma);
}

}  // namespace calotype
