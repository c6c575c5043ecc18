#include "unet/unet_denoiser.h"

#include <c10/core/InferenceMode.h>
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <cmath>
#include <utility>
#include <vector>

#include "calotype/error.h"
#include "calotype/types/aten.h"
#include "layers/lazy.h"
#include "layers/weights_view.h"
#include "unet/unet.h"

namespace calotype {

namespace {

class UNetRun final : public DenoiserRun {
 public:
  UNetRun(std::shared_ptr<const UNet> unet, const UNetConfig& config, Placement placement,
          const at::Tensor& context)
      : unet_(std::move(unet)),
        in_channels_(config.in_channels),
        placement_(placement),
        batch_(context.size(0)),
        context_(unet_->project(context.to(placement.device, placement.dtype))) {}

  at::Tensor predict(const at::Tensor& x, const at::Tensor& timesteps) override {
    const c10::InferenceMode guard;
    check(x, timesteps);
    at::Tensor times = timesteps.to(placement_.device, at::kFloat);
    // Looking at the values would make a GPU wait.
    if (times.is_cpu() && (times == times[0]).all().item<bool>()) times = times.narrow(0, 0, 1);
    const at::Tensor out = (*unet_)(x.to(placement_.device, placement_.dtype), times, context_);
    return out.to(at::kFloat).contiguous(at::MemoryFormat::Contiguous);
  }

 private:
  void check(const at::Tensor& x, const at::Tensor& timesteps) const {
    if (x.dim() != 4 || x.size(0) != batch_ || x.size(1) != in_channels_ || x.numel() == 0) {
      throw Error(ErrorCode::run, fmt::format("the denoiser takes latents [{}, {}, h, w], got [{}]",
                                              batch_, in_channels_, fmt::join(x.sizes(), ", ")));
    }
    if (timesteps.dim() != 1 || timesteps.size(0) != batch_) {
      throw Error(ErrorCode::run, fmt::format("the denoiser takes timesteps [{}], got [{}]", batch_,
                                              fmt::join(timesteps.sizes(), ", ")));
    }
  }

  std::shared_ptr<const UNet> unet_;
  std::int64_t in_channels_;
  Placement placement_;
  std::int64_t batch_;
  std::vector<KeyValue> context_;
};

class UNetDenoiser final : public Denoiser {
 public:
  UNetDenoiser(std::shared_ptr<const Weights> weights, Placement placement, Prediction prediction,
               std::string family)
      : weights_(std::move(weights)),
        config_(UNetConfig::detect(*weights_)),
        placement_(placement),
        prediction_(prediction),
        family_(std::move(family)),
        alphas_cumprod_(training_alphas_cumprod()),
        memory_(memory_of(*weights_, placement)) {}

  std::string family() const override { return family_; }
  Prediction prediction() const override { return prediction_; }
  Placement placement() const override { return placement_; }
  std::int64_t latent_channels() const override { return config_.out_channels; }
  std::int64_t input_channels() const override { return config_.in_channels; }
  std::int64_t context_width() const override { return config_.context_width; }
  VectorKind vector_kind() const override { return VectorKind::none; }
  std::int64_t vector_width() const override { return 0; }
  at::Tensor alphas_cumprod() const override { return alphas_cumprod_; }
  MemoryUse memory() const override { return memory_; }

  std::unique_ptr<DenoiserRun> begin(const DenoiserInput& input) const override {
    const c10::InferenceMode guard;
    const at::Tensor& context = input.context;
    if (context.dim() != 3 || context.numel() == 0 || context.size(2) != config_.context_width) {
      throw Error(ErrorCode::run,
                  fmt::format("the denoiser takes a text context [B, T, {}], got [{}]",
                              config_.context_width, fmt::join(context.sizes(), ", ")),
                  "the text encoder is of another kind of model");
    }
    auto unet =
        unet_.get([&] { return build_network<UNet>(*weights_, placement_, "UNet", config_); });
    return std::make_unique<UNetRun>(std::move(unet), config_, placement_, context);
  }

 private:
  std::shared_ptr<const Weights> weights_;
  UNetConfig config_;
  Placement placement_;
  Prediction prediction_;
  std::string family_;
  at::Tensor alphas_cumprod_;
  MemoryUse memory_;
  Lazy<UNet> unet_;
};

}  // namespace

DenoiserHandle make_unet_denoiser(std::shared_ptr<const Weights> weights, Placement placement,
                                  Prediction prediction, std::string family) {
  return std::make_shared<const UNetDenoiser>(std::move(weights), placement, prediction,
                                              std::move(family));
}

at::Tensor training_alphas_cumprod() {
  const auto roots = at::linspace(std::sqrt(0.00085), std::sqrt(0.012), 1000, at::kDouble);
  return (1.0 - roots.square()).cumprod(0);
}

}  // namespace calotype
