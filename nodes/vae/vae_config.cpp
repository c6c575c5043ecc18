#include "vae/vae_config.h"

#include <fmt/format.h>

#include <string>

#include "calotype/error.h"
#include "layers/norm.h"

namespace calotype {

namespace {

constexpr std::int64_t kMaxChannels = 8192;
constexpr std::int64_t kMaxLevels = 8;
constexpr std::int64_t kMaxBlocks = 64;

[[noreturn]] void fail(const Weights& weights, const std::string& what, std::string hint = {}) {
  throw Error(ErrorCode::io,
              {{.file = weights.origin(), .what = "VAE: " + what, .hint = std::move(hint)}});
}

std::int64_t outputs_of(const Weights& weights, const std::string& name) {
  const auto* shape = weights.shape(name);
  if (!shape) {
    fail(weights, fmt::format("there is no tensor {}", quote(name)),
         "the file is not of a Stable Diffusion autoencoder");
  }
  if (shape->size() != 4) {
    fail(weights, fmt::format("tensor {} has {} dimensions, not 4", quote(name), shape->size()));
  }
  return (*shape)[0];
}

void check_channels(const Weights& weights, std::int64_t channels) {
  if (channels < 1 || channels > kMaxChannels) {
    fail(weights, fmt::format("channels {} are out of range 1..{}", channels, kMaxChannels));
  }
  if (channels % kNormGroups != 0) {
    fail(weights, fmt::format("channels {} are not a multiple of {}", channels, kNormGroups));
  }
}

std::string decoder_block(std::int64_t level, std::int64_t block) {
  return fmt::format("decoder.up.{}.block.{}.conv1.weight", level, block);
}

}  // namespace

VAEConfig VAEConfig::detect(const Weights& weights) {
  VAEConfig config;
  outputs_of(weights, decoder_block(0, 0));
  for (std::int64_t level = 0; level < kMaxLevels; ++level) {
    if (!weights.shape(decoder_block(level, 0))) break;
    config.channels.push_back(outputs_of(weights, decoder_block(level, 0)));
    check_channels(weights, config.channels.back());
  }
  std::int64_t blocks = 1;
  while (blocks < kMaxBlocks && weights.shape(decoder_block(0, blocks))) ++blocks;
  config.res_blocks = blocks - 1;
  const auto* first = weights.shape("decoder.conv_in.weight");
  outputs_of(weights, "decoder.conv_in.weight");
  config.latent_channels = (*first)[1];
  if (config.latent_channels < 1 || config.latent_channels > kMaxChannels) {
    fail(weights, fmt::format("latent channels {} are out of range 1..{}", config.latent_channels,
                              kMaxChannels));
  }
  config.has_encoder = weights.shape("encoder.conv_in.weight") != nullptr;
  config.latent_convolutions = weights.shape("post_quant_conv.weight") != nullptr;
  return config;
}

}  // namespace calotype
