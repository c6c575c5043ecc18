#include "unet/unet_denoiser.h"

#include <c10/core/InferenceMode.h>
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <string>
#include <utility>

#include "calotype/error.h"
#include "calotype/types/aten.h"
#include "layers/lazy.h"
#include "layers/weights_view.h"
#include "unet/find_prediction.h"
#include "unet/unet.h"
#include "unet/unet_family.h"

namespace calotype {

namespace {

std::string shape_of(const at::Tensor& tensor) {
  return tensor.defined() ? fmt::format("[{}]", fmt::join(tensor.sizes(), ", ")) : "none";
}

void check_conditions(const UNetConfig& config, const DenoiserInput& input) {
  const at::Tensor& context = input.context;
  if (context.dim() != 3 || context.numel() == 0 || context.size(2) != config.context_width) {
    throw Error(ErrorCode::run,
                fmt::format("the denoiser takes a text context [B, T, {}], got {}",
                            config.context_width, shape_of(context)),
                "the text encoder is of another kind of model");
  }
  const std::int64_t batch = context.size(0);
  const at::Tensor& vector = input.vector;
  if (config.vector_width > 0 &&
      (!vector.defined() || vector.dim() != 2 || vector.size(0) != batch ||
       vector.size(1) != config.vector_width)) {
    throw Error(ErrorCode::run, fmt::format("the denoiser takes a vector [{}, {}], got {}", batch,
                                            config.vector_width, shape_of(vector)));
  }
  if (config.noise_levels == 0) return;
  const at::Tensor& levels = input.noise_levels;
  if (!levels.defined() || levels.dim() != 1 || levels.size(0) != batch ||
      levels.scalar_type() != at::kLong) {
    throw Error(ErrorCode::run, fmt::format("the denoiser takes integer noise levels [{}], got {}",
                                            batch, shape_of(levels)));
  }
  const auto lowest = levels.min().item<std::int64_t>();
  const auto highest = levels.max().item<std::int64_t>();
  if (lowest < 0 || highest >= config.noise_levels) {
    throw Error(ErrorCode::run,
                fmt::format("the denoiser takes noise levels 0..{}, got {}",
                            config.noise_levels - 1, lowest < 0 ? lowest : highest));
  }
}

class UNetRun final : public DenoiserRun {
 public:
  UNetRun(std::shared_ptr<const UNet> unet, const UNetConfig& config, Placement placement,
          const DenoiserInput& input)
      : unet_(std::move(unet)),
        in_channels_(config.in_channels),
        placement_(placement),
        batch_(input.context.size(0)),
        conditions_(unet_->prepare(placed(input.context), placed(input.vector),
                                   input.noise_levels.defined()
                                       ? input.noise_levels.to(placement.device)
                                       : at::Tensor())) {}

  at::Tensor predict(const at::Tensor& x, const at::Tensor& timesteps) override {
    const c10::InferenceMode guard;
    check(x, timesteps);
    at::Tensor times = timesteps.to(placement_.device, at::kFloat);
    // Looking at the values would make a GPU wait.
    if (times.is_cpu() && (times == times[0]).all().item<bool>()) times = times.narrow(0, 0, 1);
    const at::Tensor out = (*unet_)(placed(x), times, conditions_);
    return out.to(at::kFloat).contiguous(at::MemoryFormat::Contiguous);
  }

 private:
  at::Tensor placed(const at::Tensor& tensor) const {
    return tensor.defined() ? tensor.to(placement_.device, placement_.dtype) : tensor;
  }

  void check(const at::Tensor& x, const at::Tensor& timesteps) const {
    if (x.dim() != 4 || x.size(0) != batch_ || x.size(1) != in_channels_ || x.numel() == 0) {
      throw Error(ErrorCode::run, fmt::format("the denoiser takes latents [{}, {}, h, w], got {}",
                                              batch_, in_channels_, shape_of(x)));
    }
    if (timesteps.dim() != 1 || timesteps.size(0) != batch_) {
      throw Error(ErrorCode::run, fmt::format("the denoiser takes timesteps [{}], got {}", batch_,
                                              shape_of(timesteps)));
    }
  }

  std::shared_ptr<const UNet> unet_;
  std::int64_t in_channels_;
  Placement placement_;
  std::int64_t batch_;
  UNetConditions conditions_;
};

class UNetDenoiser final : public Denoiser {
 public:
  UNetDenoiser(std::shared_ptr<const Weights> weights, const UNetConfig& config,
               Placement placement, std::optional<Prediction> prediction)
      : weights_(std::move(weights)),
        config_(config),
        placement_(placement),
        prediction_(prediction ? prediction : usual_prediction(config)),
        alphas_cumprod_(training_alphas_cumprod(family_of(config))),
        memory_(memory_of(*weights_, placement)) {}

  std::string family() const override { return family_name(config_); }
  Prediction prediction() const override {
    if (prediction_) return *prediction_;
    return *found_prediction_.get([&] {
      return std::make_shared<const Prediction>(find_prediction(*unet(), config_, placement_));
    });
  }
  Placement placement() const override { return placement_; }
  std::int64_t latent_channels() const override { return config_.out_channels; }
  std::int64_t input_channels() const override { return config_.in_channels; }
  std::int64_t context_width() const override { return config_.context_width; }
  VectorKind vector_kind() const override { return calotype::vector_kind(family_of(config_)); }
  std::int64_t vector_width() const override { return config_.vector_width; }
  at::Tensor alphas_cumprod() const override { return alphas_cumprod_; }
  MemoryUse memory() const override { return memory_; }

  std::unique_ptr<DenoiserRun> begin(const DenoiserInput& input) const override {
    const c10::InferenceMode guard;
    check_conditions(config_, input);
    return std::make_unique<UNetRun>(unet(), config_, placement_, input);
  }

 private:
  std::shared_ptr<const UNet> unet() const {
    return unet_.get([&] { return build_network<UNet>(*weights_, placement_, "UNet", config_); });
  }

  std::shared_ptr<const Weights> weights_;
  UNetConfig config_;
  Placement placement_;
  std::optional<Prediction> prediction_;
  at::Tensor alphas_cumprod_;
  MemoryUse memory_;
  Lazy<UNet> unet_;
  Lazy<Prediction> found_prediction_;
};

}  // namespace

DenoiserHandle make_unet_denoiser(std::shared_ptr<const Weights> weights, const UNetConfig& config,
                                  Placement placement, std::optional<Prediction> prediction) {
  return std::make_shared<const UNetDenoiser>(std::move(weights), config, placement, prediction);
}

}  // namespace calotype
