#include "vae/vae_encoder.h"

#include <fmt/format.h>

#include <array>
#include <utility>

#include "calotype/types/aten.h"

namespace calotype {

namespace {

/// One column more on the right and one row more at the bottom.
at::Tensor extended(const at::Tensor& map) {
  const Wrap wrap = WrapScope::current();
  if (wrap.any()) {
    return wrap_around(map, 1, wrap).narrow(2, 1, map.size(2) + 1).narrow(3, 1, map.size(3) + 1);
  }
  const std::array<std::int64_t, 4> padding{0, 1, 0, 1};
  return at::constant_pad_nd(map, padding);
}

}  // namespace

VAEEncoder::VAEEncoder(WeightReader& reader, const VAEConfig& config)
    : conv_in_(reader, "encoder.conv_in", {.in = 3, .out = config.channels.front()}),
      middle_(reader, "encoder.mid", config.channels.back()),
      norm_out_(reader, "encoder.norm_out", config.channels.back(), 1e-6),
      conv_out_(reader, "encoder.conv_out",
                {.in = config.channels.back(), .out = 2 * config.latent_channels}) {
  if (config.latent_convolutions) {
    latent_conv_.emplace(reader, "quant_conv",
                         ConvShape{.in = 2 * config.latent_channels,
                                   .out = 2 * config.latent_channels,
                                   .kernel = 1,
                                   .padding = 0});
  }
  std::int64_t width = config.channels.front();
  for (std::size_t i = 0; i < config.channels.size(); ++i) {
    const std::string name = fmt::format("encoder.down.{}.", i);
    Level& level = levels_.emplace_back();
    for (std::int64_t j = 0; j < config.res_blocks; ++j) {
      level.blocks.emplace_back(reader, fmt::format("{}block.{}", name, j), width,
                                config.channels[i]);
      width = config.channels[i];
    }
    if (i + 1 < config.channels.size()) {
      level.downsample.emplace(reader, name + "downsample.conv",
                               ConvShape{.in = width, .out = width, .padding = 0, .stride = 2});
    }
  }
}

at::Tensor VAEEncoder::operator()(const at::Tensor& pixels) const {
  at::Tensor h = conv_in_(pixels.contiguous(at::MemoryFormat::ChannelsLast));
  for (const Level& level : levels_) {
    for (const VAEResBlock& block : level.blocks) h = block(std::move(h));
    if (level.downsample) h = (*level.downsample)(extended(h));
  }
  h = conv_out_(norm_out_.silu(middle_(std::move(h))));
  return latent_conv_ ? (*latent_conv_)(h) : h;
}

}  // namespace calotype
