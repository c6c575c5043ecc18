#include "checkpoint/make_models.h"

#include <fmt/format.h>

#include <utility>

#include "calotype/clip_tokenizer.h"
#include "calotype/clip_vocabulary.h"
#include "calotype/error.h"
#include "text/clip_text_encoder.h"
#include "unet/unet.h"
#include "unet/unet_denoiser.h"
#include "vae/autoencoder_kl.h"
#include "vae/vae_decoder.h"
#include "vae/vae_encoder.h"

namespace calotype {

namespace {

const Placement kNowhere{c10::Device(c10::DeviceType::Meta), c10::ScalarType::Float};
constexpr const char* kDifferentModels = "the parts are of different models";

void check_unet(const Weights& weights, const UNetConfig& config) {
  WeightReader reader(weights, kNowhere, "UNet");
  [[maybe_unused]] const UNet outline(reader, config);
  reader.finish();
}

void check_vae(const Weights& weights) {
  const VAEConfig config = VAEConfig::detect(weights);
  WeightReader reader(weights, kNowhere, "VAE");
  [[maybe_unused]] const VAEDecoder decoder(reader, config);
  if (config.has_encoder) {
    [[maybe_unused]] const VAEEncoder encoder(reader, config);
  }
  reader.finish();
}

const std::shared_ptr<const Weights>& require(const std::shared_ptr<const Weights>& part,
                                              const CheckpointParts& parts, const char* name) {
  if (part) return part;
  throw Error(ErrorCode::io,
              fmt::format("{}: the checkpoint is {} and has no {}", parts.origin,
                          to_text(parts.unet_config->kind()), name),
              "use a complete checkpoint");
}

}  // namespace

DenoiserHandle make_denoiser(const CheckpointParts& parts, Placement placement,
                             std::optional<Prediction> prediction) {
  const UNetConfig& config = *parts.unet_config;
  check_unet(*parts.unet, config);
  return make_unet_denoiser(parts.unet, config, placement,
                            prediction ? prediction : parts.settings.prediction,
                            schedule_of(config.family, parts.settings));
}

TextEncoderHandle make_text_encoder(const CheckpointParts& parts, Placement placement) {
  auto tokenizer = std::make_shared<const ClipTokenizer>(
      parts.tokenizer.empty() ? clip_vocabulary_path() : parts.tokenizer);
  const auto& first = parts.text_encoder;
  const auto& second = parts.text_encoder_2;
  switch (parts.unet_config->family) {
    case ModelFamily::sd1:
      return make_clip_text_encoder(require(first, parts, "text encoder"), placement,
                                    std::move(tokenizer));
    case ModelFamily::sd2:
    case ModelFamily::unclip:
    case ModelFamily::x4_upscaler:
      return make_open_clip_text_encoder(require(first, parts, "text encoder"), placement,
                                         std::move(tokenizer));
    case ModelFamily::sdxl:
      return make_sdxl_text_encoder(require(first, parts, "first text encoder (CLIP)"),
                                    require(second, parts, "second text encoder (OpenCLIP)"),
                                    placement, std::move(tokenizer),
                                    parts.settings.zero_empty_text.value_or(true));
    case ModelFamily::sdxl_refiner:
      return make_sdxl_refiner_text_encoder(require(second ? second : first, parts, "text encoder"),
                                            placement, std::move(tokenizer));
  }
  throw Error(ErrorCode::internal, "a family has no text encoder");
}

AutoencoderHandle make_autoencoder(const VaePart& part, Placement placement) {
  check_vae(*part.weights);
  return make_autoencoder_kl(part.weights, placement, part.scaling);
}

void check_fit(const std::string& origin, const Denoiser& model, const TextEncoderHandle& text,
               const Autoencoder& vae) {
  const auto fail = [&](const std::string& what) {
    throw Error(ErrorCode::io, origin + ": " + what, kDifferentModels);
  };
  if (text->width() != model.context_width()) {
    fail(fmt::format("the text encoder gives vectors of {} numbers, the UNet takes {}",
                     text->width(), model.context_width()));
  }
  const std::int64_t numbers = numbers_in(model.vector_kind()) * kNumberWidth;
  if (numbers > 0 && text->pooled_width() + numbers != model.vector_width()) {
    fail(fmt::format("the text encoder's pooled vector has {} numbers, the UNet takes {}",
                     text->pooled_width(), model.vector_width() - numbers));
  }
  if (vae.latent_channels() != model.latent_channels()) {
    fail(fmt::format("the VAE's latents have {} channels, the UNet's {}", vae.latent_channels(),
                     model.latent_channels()));
  }
}

}  // namespace calotype
