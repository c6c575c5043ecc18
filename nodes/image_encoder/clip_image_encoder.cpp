#include "image_encoder/clip_image_encoder.h"

#include <c10/core/InferenceMode.h>
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <string>
#include <utility>

#include "calotype/error.h"
#include "calotype/types/aten.h"
#include "image_encoder/clip_pixels.h"
#include "layers/lazy.h"
#include "layers/weights_view.h"

namespace calotype {

namespace {

constexpr const char* kModel = "image encoder";

at::Tensor statistic(const Weights& weights, const char* name, const at::Tensor& given,
                     double otherwise, std::int64_t width) {
  if (!given.defined()) return at::full({width}, otherwise, at::kFloat);
  if (given.numel() != width || !at::isfinite(given).all().item<bool>()) {
    throw Error(ErrorCode::io,
                fmt::format("{}: the {} of the image embeddings must be {} finite numbers, found a "
                            "tensor [{}]",
                            weights.origin(), name, width, fmt::join(given.sizes(), ", ")));
  }
  return given.to(at::kCPU, at::kFloat).reshape({width});
}

class ClipImageEncoder final : public ImageEncoder {
 public:
  ClipImageEncoder(std::shared_ptr<const Weights> weights, Placement placement,
                   const ClipVisionRules& rules, const EmbeddingStatistics& given)
      : weights_(std::move(weights)),
        config_(ClipVisionConfig::detect(*weights_, rules)),
        placement_(placement),
        statistics_{
            statistic(*weights_, "mean", given.mean, 0, config_.projection),
            statistic(*weights_, "standard deviation", given.deviation, 1, config_.projection)},
        memory_(memory_of(*weights_, placement)) {
    WeightReader reader(*weights_, {c10::Device(c10::DeviceType::Meta), at::kFloat}, kModel);
    [[maybe_unused]] const ClipVisionModel outline(reader, config_);
    reader.finish();
  }

  std::int64_t width() const override { return config_.projection; }
  EmbeddingStatistics statistics() const override { return statistics_; }
  MemoryUse memory() const override { return memory_; }

  at::Tensor encode(const at::Tensor& pixels) const override {
    const c10::InferenceMode guard;
    if (pixels.dim() != 4 || pixels.size(1) != 3 || pixels.numel() == 0) {
      throw Error(ErrorCode::run,
                  fmt::format("the image encoder takes pictures [B, 3, H, W], got [{}]",
                              fmt::join(pixels.sizes(), ", ")));
    }
    const auto model = model_.get(
        [&] { return build_network<ClipVisionModel>(*weights_, placement_, kModel, config_); });
    const at::Tensor x = clip_pixels(pixels.to(placement_.device, at::kFloat), config_.side);
    return (*model)(x.to(placement_.dtype)).to(at::kFloat);
  }

 private:
  std::shared_ptr<const Weights> weights_;
  ClipVisionConfig config_;
  Placement placement_;
  EmbeddingStatistics statistics_;
  MemoryUse memory_;
  Lazy<ClipVisionModel> model_;
};

}  // namespace

ImageEncoderHandle make_clip_image_encoder(std::shared_ptr<const Weights> weights,
                                           Placement placement, const ClipVisionRules& rules,
                                           const EmbeddingStatistics& statistics) {
  return std::make_shared<const ClipImageEncoder>(std::move(weights), placement, rules, statistics);
}

}  // namespace calotype
