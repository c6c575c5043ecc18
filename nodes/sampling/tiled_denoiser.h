#pragma once
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <utility>

#include "calotype/types/models.h"

namespace calotype {

/// A denoising network that sees its input in overlapping tiles and blends what it makes of them
/// (Bar-Tal et al., "MultiDiffusion", 2302.08113, with linear fades in place of equal weights). The
/// steps between are those of the whole latent, so tiles cannot drift apart. Extra channels are cut
/// like the latent; text, vector and noise level hold for every tile. The prompt is thus followed
/// in each tile by itself: right for upscaling, where the small picture says what is where.
class TiledDenoiser final : public Denoiser {
 public:
  /// `tile`: longest side of a tile in latent pixels; neighbours overlap by a quarter of it.
  /// `before_tile` is called before each evaluation and may throw.
  TiledDenoiser(DenoiserHandle model, std::int64_t tile, std::function<void()> before_tile)
      : model_(std::move(model)), tile_(tile), before_tile_(std::move(before_tile)) {}

  std::string family() const override { return model_->family(); }
  Prediction prediction() const override { return model_->prediction(); }
  Placement placement() const override { return model_->placement(); }
  std::int64_t latent_channels() const override { return model_->latent_channels(); }
  std::int64_t input_channels() const override { return model_->input_channels(); }
  std::int64_t context_width() const override { return model_->context_width(); }
  VectorKind vector_kind() const override { return model_->vector_kind(); }
  std::int64_t vector_width() const override { return model_->vector_width(); }
  at::Tensor alphas_cumprod() const override { return model_->alphas_cumprod(); }
  MemoryUse memory() const override { return model_->memory(); }
  /// The run must not outlive this object.
  std::unique_ptr<DenoiserRun> begin(const DenoiserInput& input) const override;

 private:
  DenoiserHandle model_;
  std::int64_t tile_;
  std::function<void()> before_tile_;
};

}  // namespace calotype
