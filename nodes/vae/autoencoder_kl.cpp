#include "vae/autoencoder_kl.h"

#include <c10/core/InferenceMode.h>
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <utility>
#include <vector>

#include "calotype/error.h"
#include "calotype/types/aten.h"
#include "layers/lazy.h"
#include "layers/weights_view.h"
#include "vae/vae_decoder.h"
#include "vae/vae_encoder.h"

namespace calotype {

namespace {

/// Bounds of the reference implementations, so that the deviation is finite.
constexpr double kMinLogVariance = -30;
constexpr double kMaxLogVariance = 20;

bool all_finite(const at::Tensor& t) { return t.isfinite().all().item<bool>(); }

class AutoencoderKL final : public Autoencoder {
 public:
  AutoencoderKL(std::shared_ptr<const Weights> weights, Placement placement, double scaling_factor)
      : config_(VAEConfig::detect(*weights)),
        encoder_weights_(weights, {"encoder.", "quant_conv."}),
        decoder_weights_(std::move(weights), {"decoder.", "post_quant_conv."}),
        placement_(placement),
        scaling_factor_(scaling_factor) {}

  std::int64_t downscale() const override { return config_.downscale(); }
  std::int64_t latent_channels() const override { return config_.latent_channels; }
  double scaling_factor() const override { return scaling_factor_; }
  Placement placement() const override { return placement_; }

  double working_bytes_per_pixel() const override {
    // The last level of the decoder begins with the map of the level below it at full size, its
    // projection and the result of a convolution.
    const std::size_t below = std::min<std::size_t>(1, config_.channels.size() - 1);
    const auto channels = static_cast<double>(config_.channels[below] + 2 * config_.channels[0]);
    return channels * static_cast<double>(c10::elementSize(placement_.dtype));
  }

  MemoryUse memory() const override {
    MemoryUse use = memory_of(decoder_weights_, placement_);
    const MemoryUse encoder = memory_of(encoder_weights_, placement_);
    use.host += encoder.host;
    use.device += encoder.device;
    return use;
  }

  at::Tensor encode(const at::Tensor& pixels) const override {
    return encode_distribution(pixels).mean;
  }

  LatentDistribution encode_distribution(const at::Tensor& pixels) const override {
    const c10::InferenceMode guard;
    const std::int64_t step = downscale();
    if (pixels.dim() != 4 || pixels.size(1) != 3 || pixels.numel() == 0 ||
        pixels.size(2) % step != 0 || pixels.size(3) % step != 0) {
      throw Error(ErrorCode::run,
                  fmt::format("the VAE encodes pictures [B, 3, H, W] with H and W multiples of {}, "
                              "got [{}]",
                              step, fmt::join(pixels.sizes(), ", ")));
    }
    if (!config_.has_encoder) {
      throw Error(ErrorCode::run,
                  {{.file = decoder_weights_.origin(),
                    .what = "this VAE has no encoder, so pictures cannot be encoded",
                    .hint = "load a complete VAE with LoadVAE"}});
    }
    const auto encoder = encoder_.get([&] {
      return build_network<VAEEncoder>(encoder_weights_, placement_, "VAE encoder", config_);
    });
    std::vector<at::Tensor> out;
    for (const at::Tensor& picture : pixels.split(1)) {
      const auto x = picture.to(placement_.device, at::kFloat).mul(2.0).sub_(1.0);
      out.push_back((*encoder)(x.to(placement_.dtype)).to(at::kFloat));
    }
    const std::vector<at::Tensor> parts = at::cat(out).chunk(2, 1);
    const at::Tensor deviation = (parts[1].clamp(kMinLogVariance, kMaxLogVariance) * 0.5).exp_();
    return {(parts[0] * scaling_factor_).contiguous(at::MemoryFormat::Contiguous),
            (deviation * scaling_factor_).contiguous(at::MemoryFormat::Contiguous)};
  }

  at::Tensor decode(const at::Tensor& latent) const override {
    const c10::InferenceMode guard;
    if (latent.dim() != 4 || latent.size(1) != config_.latent_channels || latent.numel() == 0) {
      throw Error(ErrorCode::run,
                  fmt::format("the VAE decodes latents [B, {}, h, w], got [{}]",
                              config_.latent_channels, fmt::join(latent.sizes(), ", ")));
    }
    const auto scaled = latent.to(placement_.device, at::kFloat).div(scaling_factor_);
    std::vector<at::Tensor> out;
    for (const at::Tensor& one : scaled.split(1)) out.push_back(decode_one(one));
    return out.size() == 1 ? out.front() : at::cat(out);
  }

 private:
  at::Tensor decode_with(const Lazy<VAEDecoder>& decoder, c10::ScalarType dtype,
                         const at::Tensor& latent) const {
    const auto network = decoder.get([&] {
      return build_network<VAEDecoder>(decoder_weights_, Placement{placement_.device, dtype},
                                       "VAE decoder", config_);
    });
    return (*network)(latent.to(dtype)).to(at::kFloat).contiguous(at::MemoryFormat::Contiguous);
  }

  at::Tensor decode_one(const at::Tensor& latent) const {
    at::Tensor pixels = decode_with(decoder_, placement_.dtype, latent);
    if (!all_finite(pixels) && placement_.dtype != at::kFloat) {
      pixels = decode_with(exact_decoder_, at::kFloat, latent);
    }
    if (!all_finite(pixels)) {
      throw Error(ErrorCode::run, "VAE decode produced NaN or infinite values",
                  all_finite(latent) ? "the VAE's weights do not fit this latent; try another VAE"
                                     : "the latent is not finite already; try another sampler, "
                                       "a lower guidance or dtype float32");
    }
    return pixels.add_(1.0).mul_(0.5).clamp_(0.0, 1.0);
  }

  VAEConfig config_;
  WeightsView encoder_weights_;
  WeightsView decoder_weights_;
  Placement placement_;
  double scaling_factor_;
  Lazy<VAEEncoder> encoder_;
  Lazy<VAEDecoder> decoder_;
  Lazy<VAEDecoder> exact_decoder_;
};

}  // namespace

AutoencoderHandle make_autoencoder_kl(std::shared_ptr<const Weights> weights, Placement placement,
                                      double scaling_factor) {
  return std::make_shared<const AutoencoderKL>(std::move(weights), placement, scaling_factor);
}

}  // namespace calotype
