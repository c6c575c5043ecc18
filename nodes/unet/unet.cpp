#include "unet/unet.h"

#include <fmt/format.h>

#include <array>
#include <utility>

#include "calotype/types/aten.h"
#include "layers/timestep_embedding.h"

namespace calotype {

UNet::UNet(WeightReader& reader, const UNetConfig& config)
    : config_(config),
      time_in_(reader, "time_embed.0", config.model_channels, config.time_width()),
      time_out_(reader, "time_embed.2", config.time_width(), config.time_width()),
      conv_in_(reader, "input_blocks.0.0",
               {.in = config.in_channels, .out = config.model_channels}),
      middle_in_(reader, "middle_block.0", config.levels.back().channels,
                 config.levels.back().channels, config.time_width()),
      middle_(transformer(reader, "middle_block.1", config.levels.back().channels)),
      middle_out_(reader, "middle_block.2", config.levels.back().channels,
                  config.levels.back().channels, config.time_width()),
      norm_out_(reader, "out.0", config.levels.front().channels, 1e-5),
      conv_out_(reader, "out.2",
                {.in = config.levels.front().channels, .out = config.out_channels}) {
  add_input_blocks(reader);
  add_output_blocks(reader);
}

SpatialTransformer UNet::transformer(WeightReader& reader, const std::string& name,
                                     std::int64_t channels) const {
  return {reader, name, channels, config_.transformer_depth, config_.context_width, config_.heads};
}

void UNet::add_input_blocks(WeightReader& reader) {
  std::int64_t width = config_.model_channels;
  skip_channels_.push_back(width);
  for (std::size_t level = 0; level < config_.levels.size(); ++level) {
    const auto [channels, transformers] = config_.levels[level];
    for (std::int64_t i = 0; i < config_.res_blocks; ++i) {
      const std::string name = fmt::format("input_blocks.{}.", input_.size() + 1);
      Block& block = input_.emplace_back();
      block.res.emplace(reader, name + "0", width, channels, config_.time_width());
      if (transformers) block.transformer.emplace(transformer(reader, name + "1", channels));
      width = channels;
      skip_channels_.push_back(width);
    }
    if (level + 1 < config_.levels.size()) {
      const std::string name = fmt::format("input_blocks.{}.0.op", input_.size() + 1);
      input_.emplace_back().resize.emplace(reader, name,
                                           ConvShape{.in = width, .out = width, .stride = 2});
      skip_channels_.push_back(width);
    }
  }
}

void UNet::add_output_blocks(WeightReader& reader) {
  std::vector<std::int64_t> skips = skip_channels_;
  std::int64_t width = config_.levels.back().channels;
  for (std::size_t level = config_.levels.size(); level-- > 0;) {
    const auto [channels, transformers] = config_.levels[level];
    for (std::int64_t i = 0; i <= config_.res_blocks; ++i) {
      const std::string name = fmt::format("output_blocks.{}.", output_.size());
      Block& block = output_.emplace_back();
      block.res.emplace(reader, name + "0", width + skips.back(), channels, config_.time_width());
      skips.pop_back();
      width = channels;
      if (transformers) block.transformer.emplace(transformer(reader, name + "1", channels));
      if (level > 0 && i == config_.res_blocks) {
        block.resize.emplace(reader, name + (transformers ? "2.conv" : "1.conv"),
                             ConvShape{.in = channels, .out = channels});
      }
    }
  }
}

std::vector<KeyValue> UNet::project(const at::Tensor& context) const {
  std::vector<KeyValue> out;
  for (const Block& block : input_) {
    if (block.transformer) block.transformer->project(context, out);
  }
  middle_.project(context, out);
  for (const Block& block : output_) {
    if (block.transformer) block.transformer->project(context, out);
  }
  return out;
}

at::Tensor UNet::operator()(const at::Tensor& x, const at::Tensor& timesteps,
                            const std::vector<KeyValue>& context) const {
  const KeyValue* next = context.data();
  at::Tensor time = timestep_embedding(timesteps, config_.model_channels).to(x.scalar_type());
  time = at::silu(time_out_(at::silu(time_in_(time))));

  at::Tensor h = conv_in_(x.contiguous(at::MemoryFormat::ChannelsLast));
  std::vector<at::Tensor> skips{h};
  for (const Block& block : input_) {
    if (block.res) h = (*block.res)(std::move(h), time);
    if (block.transformer) h = (*block.transformer)(h, next);
    if (block.resize) h = (*block.resize)(h);
    skips.push_back(h);
  }
  h = middle_in_(std::move(h), time);
  h = middle_(h, next);
  h = middle_out_(std::move(h), time);
  for (const Block& block : output_) {
    h = at::cat({h, std::move(skips.back())}, 1);
    skips.pop_back();
    h = (*block.res)(std::move(h), time);
    if (block.transformer) h = (*block.transformer)(h, next);
    if (block.resize) {
      // To the size of the map that is joined next: one less than double where that was odd.
      const std::array<std::int64_t, 2> size{skips.back().size(2), skips.back().size(3)};
      h = (*block.resize)(at::upsample_nearest2d(h, size));
    }
  }
  return conv_out_(norm_out_.silu(std::move(h)));
}

}  // namespace calotype
