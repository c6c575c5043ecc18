#include "sampling/guided_denoiser.h"

#include <cmath>
#include <string>

#include "calotype/error.h"
#include "calotype/types/aten.h"

namespace calotype {

namespace {

at::Tensor for_batch(const Conditioning& conditioning, std::int64_t batch, const char* side) {
  const at::Tensor& context = conditioning.context;
  if (context.dim() != 3 || (context.size(0) != 1 && context.size(0) != batch)) {
    throw Error(ErrorCode::run,
                std::string("the ") + side + " conditioning must have the shape [1, T, C] or [" +
                    std::to_string(batch) + ", T, C], got " + c10::str(context.sizes()));
  }
  return context.expand({batch, -1, -1});
}

at::Tensor predict(DenoiserRun& run, const at::Tensor& input, double timestep) {
  const at::Tensor timesteps =
      at::full({input.size(0)}, timestep, input.options().dtype(at::kFloat));
  at::Tensor output = run.predict(input, timesteps);
  if (output.sizes() != input.sizes()) {
    throw Error(ErrorCode::run, "the model must return the shape that it was given, " +
                                    c10::str(input.sizes()) + ", got " + c10::str(output.sizes()));
  }
  return output;
}

}  // namespace

GuidedDenoiser::GuidedDenoiser(const Denoiser& model, const Conditioning& positive,
                               const Conditioning* negative, double cfg_scale, std::int64_t batch)
    : prediction_(model.prediction()), cfg_scale_(cfg_scale), table_(model.alphas_cumprod()) {
  const at::Tensor wanted = for_batch(positive, batch, "positive");
  if (negative == nullptr || cfg_scale == 1) {
    positive_ = model.begin(wanted);
    return;
  }
  const at::Tensor unwanted = for_batch(*negative, batch, "negative");
  together_ = wanted.sizes() == unwanted.sizes();
  if (together_) {
    positive_ = model.begin(at::cat({wanted, unwanted.to(wanted.options())}));
  } else {
    positive_ = model.begin(wanted);
    negative_ = model.begin(unwanted);
  }
}

at::Tensor GuidedDenoiser::guided_output(const at::Tensor& input, double timestep) {
  if (!together_ && !negative_) return predict(*positive_, input, timestep);
  at::Tensor wanted;
  at::Tensor unwanted;
  if (together_) {
    const at::Tensor both = predict(*positive_, at::cat({input, input}), timestep);
    wanted = both.narrow(0, 0, input.size(0));
    unwanted = both.narrow(0, input.size(0), input.size(0));
  } else {
    wanted = predict(*positive_, input, timestep);
    unwanted = predict(*negative_, input, timestep);
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
