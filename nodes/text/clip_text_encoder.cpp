#include "text/clip_text_encoder.h"

#include <c10/core/InferenceMode.h>
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <utility>

#include "calotype/error.h"
#include "calotype/types/aten.h"
#include "layers/lazy.h"
#include "layers/weights_view.h"
#include "text/clip_text_model.h"

namespace calotype {

namespace {

class ClipTextEncoder final : public TextEncoder {
 public:
  ClipTextEncoder(std::shared_ptr<const Weights> weights, Placement placement,
                  std::shared_ptr<const ClipTokenizer> tokenizer)
      : weights_(std::move(weights)),
        config_(ClipTextConfig::detect(*weights_)),
        placement_(placement),
        tokenizer_(std::move(tokenizer)),
        memory_(memory_of(*weights_, placement)) {}

  const ClipTokenizer& tokenizer() const override { return *tokenizer_; }
  std::int32_t pad_id() const override { return ClipTokenizer::kEnd; }
  std::int64_t width() const override { return config_.width; }
  std::int64_t layers() const override { return config_.layers; }
  MemoryUse memory() const override { return memory_; }

  at::Tensor encode(const at::Tensor& ids, std::int64_t clip_skip) const override {
    const c10::InferenceMode guard;
    check(ids, clip_skip);
    const auto model = model_.get([&] {
      return build_network<ClipTextModel>(*weights_, placement_, "text encoder", config_);
    });
    return (*model)(ids.to(placement_.device), clip_skip).to(at::kFloat);
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
    if (clip_skip < 0 || clip_skip >= config_.layers) {
      throw Error(ErrorCode::run,
                  fmt::format("clip_skip must be in 0..{}, got {}", config_.layers - 1, clip_skip));
    }
  }

  std::shared_ptr<const Weights> weights_;
  ClipTextConfig config_;
  Placement placement_;
  std::shared_ptr<const ClipTokenizer> tokenizer_;
  MemoryUse memory_;
  Lazy<ClipTextModel> model_;
};

}  // namespace

TextEncoderHandle make_clip_text_encoder(std::shared_ptr<const Weights> weights,
                                         Placement placement,
                                         std::shared_ptr<const ClipTokenizer> tokenizer) {
  return std::make_shared<const ClipTextEncoder>(std::move(weights), placement,
                                                 std::move(tokenizer));
}

}  // namespace calotype
