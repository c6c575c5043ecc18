#include "checkpoint/check_networks.h"

#include <fmt/format.h>

#include "calotype/error.h"
#include "calotype/types/aten.h"
#include "text/clip_text_model.h"
#include "unet/unet.h"
#include "vae/vae_decoder.h"
#include "vae/vae_encoder.h"

namespace calotype {

namespace {

const Placement kNowhere{c10::Device(c10::DeviceType::Meta), c10::ScalarType::Float};

}  // namespace

void check_unet(const Weights& weights) {
  WeightReader reader(weights, kNowhere, "UNet");
  [[maybe_unused]] const UNet outline(reader, UNetConfig::detect(weights));
  reader.finish();
}

void check_text_encoder(const Weights& weights) {
  WeightReader reader(weights, kNowhere, "text encoder");
  [[maybe_unused]] const ClipTextModel outline(reader, ClipTextConfig::detect(weights));
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

void check_parts(const CheckpointParts& parts) {
  check_unet(*parts.unet);
  check_text_encoder(*parts.text_encoder);
  check_vae(*parts.vae);
  const UNetConfig unet = UNetConfig::detect(*parts.unet);
  const std::int64_t width = ClipTextConfig::detect(*parts.text_encoder).width;
  if (width != unet.context_width) {
    throw Error(ErrorCode::io,
                fmt::format("{}: the text encoder gives vectors of {} numbers, "
                            "the UNet takes {}",
                            parts.origin, width, unet.context_width),
                "the parts are of different models");
  }
  const std::int64_t latent = VAEConfig::detect(*parts.vae).latent_channels;
  if (latent != unet.out_channels) {
    throw Error(ErrorCode::io,
                fmt::format("{}: the VAE's latents have {} channels, the UNet's {}", parts.origin,
                            latent, unet.out_channels),
                "the parts are of different models");
  }
}

}  // namespace calotype
