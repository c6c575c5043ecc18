#include "vae/vae_decoder.h"

#include <fmt/format.h>

#include <utility>

#include "calotype/types/aten.h"

namespace calotype {

VAEDecoder::VAEDecoder(WeightReader& reader, const VAEConfig& config)
    : conv_in_(reader, "decoder.conv_in",
               {.in = config.latent_channels, .out = config.channels.back()}),
      middle_(reader, "decoder.mid", config.channels.back()),
      norm_out_(reader, "decoder.norm_out", config.channels.front(), 1e-6),
      conv_out_(reader, "decoder.conv_out", {.in = config.channels.front(), .out = 3}) {
  if (config.latent_convolutions) {
    latent_conv_.emplace(reader, "post_quant_conv",
                         ConvShape{.in = config.latent_channels,
                                   .out = config.latent_channels,
                                   .kernel = 1,
                                   .padding = 0});
  }
  std::int64_t width = config.channels.back();
  for (std::size_t i = config.channels.size(); i-- > 0;) {
    const std::string name = fmt::format("decoder.up.{}.", i);
    Level& level = levels_.emplace_back();
    for (std::int64_t j = 0; j <= config.res_blocks; ++j) {
      level.blocks.emplace_back(reader, fmt::format("{}block.{}", name, j), width,
                                config.channels[i]);
      width = config.channels[i];
    }
    if (i > 0) level.upsample.emplace(reader, name + "upsample.conv", width);
  }
}

at::Tensor VAEDecoder::operator()(const at::Tensor& latent) const {
  at::Tensor h = latent.contiguous(at::MemoryFormat::ChannelsLast);
  if (latent_conv_) h = (*latent_conv_)(h);
  h = middle_(conv_in_(h));
  for (const Level& level : levels_) {
    for (const VAEResBlock& block : level.blocks) h = block(std::move(h));
    if (level.upsample) h = (*level.upsample)(std::move(h));
  }
  return conv_out_(norm_out_.silu(std::move(h)));
}

}  // namespace calotype
