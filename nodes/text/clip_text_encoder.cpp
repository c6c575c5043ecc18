#include "text/clip_text_encoder.h"

#include <c10/core/InferenceMode.h>
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <utility>

#include "calotype/error.h"
#include "calotype/types/aten.h"
#include "layers/lazy.h"
#include "layers/weights_view.h"

namespace calotype {

namespace {

using WeightsHandle = std::shared_ptr<const Weights>;

void check_names_and_shapes(const Weights& weights, const ClipTextConfig& config) {
  WeightReader reader(weights, {c10::Device(c10::DeviceType::Meta), c10::ScalarType::Float},
                      "text encoder");
  [[maybe_unused]] const ClipTextModel outline(reader, config);
  reader.finish();
}

class ClipTextTower final : public TextTower {
 public:
  ClipTextTower(WeightsHandle weights, Placement placement, const ClipTextRules& rules)
      : weights_(std::move(weights)),
        config_(ClipTextConfig::detect(*weights_, rules)),
        placement_(placement),
        memory_(memory_of(*weights_, placement)) {
    check_names_and_shapes(*weights_, config_);
  }

  std::int32_t pad_id() const override { return config_.rules.pad_id; }
  std::int64_t width() const override { return config_.width; }
  std::int64_t pooled_width() const override { return config_.projection; }
  std::int64_t layers() const override { return config_.layers - config_.rules.skipped_layers; }
  MemoryUse memory() const override { return memory_; }

  TextEncoding encode(const at::Tensor& ids, std::int64_t clip_skip) const override {
    const c10::InferenceMode guard;
    check(ids, clip_skip);
    const auto model = model_.get([&] {
      return build_network<ClipTextModel>(*weights_, placement_, "text encoder", config_);
    });
    TextEncoding out = (*model)(ids.to(placement_.device), clip_skip);
    out.context = out.context.to(at::kFloat);
    if (out.pooled.defined()) out.pooled = out.pooled.to(at::kFloat);
    return out;
  }

 private:
  void check(const at::Tensor& ids, std::int64_t clip_skip) const {
    if (ids.dim() != 2 || ids.scalar_type() != at::kLong || ids.numel() == 0 ||
        ids.size(1) > config_.positions) {
      throw Error(
          ErrorCode::run,
          fmt::format("the text encoder takes int64 ids [N, T] with T up to {}, got {} [{}]",
                      config_.positions, c10::toString(ids.scalar_type()),
                      fmt::join(ids.sizes(), ", ")));
    }
    const auto [low, high] = at::aminmax(ids);
    if (low.item<std::int64_t>() < 0 || high.item<std::int64_t>() >= config_.vocabulary) {
      throw Error(ErrorCode::run,
                  fmt::format("token ids must be in 0..{}, got {}..{}", config_.vocabulary - 1,
                              low.item<std::int64_t>(), high.item<std::int64_t>()),
                  "the tokenizer is of another kind of model");
    }
    if (clip_skip < 0 || clip_skip >= layers()) {
      throw Error(ErrorCode::run,
                  fmt::format("clip_skip must be in 0..{}, got {}", layers() - 1, clip_skip));
    }
  }

  WeightsHandle weights_;
  ClipTextConfig config_;
  Placement placement_;
  MemoryUse memory_;
  Lazy<ClipTextModel> model_;
};

TextEncoderHandle one_tower(WeightsHandle weights, const Placement& placement,
                            TokenizerHandle tokenizer, const ClipTextRules& rules) {
  return std::make_shared<const TextEncoder>(TextEncoder{
      std::move(tokenizer), {make_clip_text_tower(std::move(weights), placement, rules)}});
}

/// See Podell et al. 2023 (SDXL), arXiv 2307.01952, section 2.1.
constexpr ClipTextRules kSdxlClip{.skipped_layers = 1, .final_norm = false};
constexpr ClipTextRules kBigG{.activation = ClipActivation::gelu,
                              .skipped_layers = 1,
                              .final_norm = false,
                              .pooled = true,
                              .pad_id = 0};

}  // namespace

std::shared_ptr<const TextTower> make_clip_text_tower(WeightsHandle weights, Placement placement,
                                                      const ClipTextRules& rules) {
  return std::make_shared<const ClipTextTower>(std::move(weights), placement, rules);
}

TextEncoderHandle make_clip_text_encoder(WeightsHandle weights, Placement placement,
                                         TokenizerHandle tokenizer) {
  return one_tower(std::move(weights), placement, std::move(tokenizer), {});
}

TextEncoderHandle make_open_clip_text_encoder(WeightsHandle weights, Placement placement,
                                              TokenizerHandle tokenizer) {
  const ClipTextConfig config = ClipTextConfig::detect(*weights);
  const bool without_last = config.width == 1024 && config.layers == 23;
  const bool complete = config.layout == ClipLayout::open_clip && !without_last;
  return one_tower(
      std::move(weights), placement, std::move(tokenizer),
      {.activation = ClipActivation::gelu, .skipped_layers = complete ? 1 : 0, .pad_id = 0});
}

TextEncoderHandle make_sdxl_text_encoder(WeightsHandle clip, WeightsHandle open_clip,
                                         Placement placement, TokenizerHandle tokenizer,
                                         bool zero_empty_text) {
  TextEncoder encoder;
  encoder.tokenizer = std::move(tokenizer);
  encoder.towers = {make_clip_text_tower(std::move(clip), placement, kSdxlClip),
                    make_clip_text_tower(std::move(open_clip), placement, kBigG)};
  encoder.zero_empty_text = zero_empty_text;
  return std::make_shared<const TextEncoder>(std::move(encoder));
}

TextEncoderHandle make_sdxl_refiner_text_encoder(WeightsHandle open_clip, Placement placement,
                                                 TokenizerHandle tokenizer) {
  return one_tower(std::move(open_clip), placement, std::move(tokenizer), kBigG);
}

}  // namespace calotype
