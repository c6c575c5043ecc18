#include "sampling/guided_denoiser.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "calotype/error.h"
#include "calotype/types/aten.h"

namespace calotype {

namespace {

/// Channels of an encoded picture, which an editing model takes beside the latent.
constexpr std::int64_t kPictureChannels = 4;

void require_edit_model(const Denoiser& model, const Conditioning* negative) {
  if (model.input_channels() - model.latent_channels() != kPictureChannels) {
    throw Error(
        ErrorCode::run,
        "image_cfg_scale needs a model that edits a picture, the model is " + model.family(),
        "leave image_cfg_scale out, or load an InstructPix2Pix model");
  }
  if (negative == nullptr) {
    throw Error(ErrorCode::run, "image_cfg_scale needs a negative conditioning",
                "connect the empty text to \"negative\"");
  }
}

bool same_length(const std::vector<ModelInput>& sides) {
  return std::all_of(sides.begin(), sides.end(), [&](const ModelInput& side) {
    return side.conditions.context.sizes() == sides.front().conditions.context.sizes();
  });
}

}  // namespace

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
                               const Conditioning* negative, const Guidance& guidance,
                               const LatentSize& size)
    : guidance_(guidance), table_(model.alphas_cumprod()) {
  std::vector<ModelInput> sides{model_input(model, positive, Side::positive, size)};
  if (guidance.image_cfg_scale) require_edit_model(model, negative);
  if (negative != nullptr && (guidance.cfg_scale != 1 || guidance.image_cfg_scale)) {
    sides.push_back(
        model_input(model, complete_negative(*negative, positive), Side::negative, size));
  }
  if (guidance.image_cfg_scale) {
    ModelInput none = sides.back();
    none.channels = at::zeros_like(none.channels);
    sides.push_back(std::move(none));
  }
  sides_ = static_cast<std::int64_t>(sides.size());
  if (same_length(sides)) {
    ModelInput all = std::move(sides.front());
    for (std::size_t i = 1; i < sides.size(); ++i) all = join(all, sides[i]);
    calls_.push_back(bind(model, std::move(all)));
  } else {
    for (ModelInput& side : sides) calls_.push_back(bind(model, std::move(side)));
  }
  prediction_ = model.prediction();
}

std::vector<at::Tensor> GuidedDenoiser::outputs(const at::Tensor& input, double timestep) const {
  std::vector<at::Tensor> out;
  if (calls_.size() == 1) {
    const std::vector<at::Tensor> copies(static_cast<std::size_t>(sides_), input);
    return calls_.front().predict(sides_ == 1 ? input : at::cat(copies), timestep).chunk(sides_);
  }
  for (const Bound& call : calls_) out.push_back(call.predict(input, timestep));
  return out;
}

at::Tensor GuidedDenoiser::guided_output(const at::Tensor& input, double timestep) const {
  const std::vector<at::Tensor> side = outputs(input, timestep);
  if (sides_ == 1) return side[0];
  const at::Tensor text = side[0] - side[1];
  if (sides_ == 2) return side[1].add(text, guidance_.cfg_scale);
  return side[2]
      .add(text, guidance_.cfg_scale)
      .add_(side[1] - side[2], guidance_.image_cfg_scale.value_or(1));
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
