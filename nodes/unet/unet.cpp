#include "unet/unet.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>

#include "calotype/types/aten.h"
#include "layers/timestep_embedding.h"

namespace calotype {

UNet::UNet(WeightReader& reader, const UNetConfig& config)
    : config_(config),
      time_in_(reader, "time_embed.0", config.model_channels, config.time_width()),
      time_out_(reader, "time_embed.2", config.time_width(), config.time_width()),
      label_(reader, config),
      conv_in_(reader, "input_blocks.0.0",
               {.in = config.in_channels, .out = config.model_channels}),
      middle_in_(reader, "middle_block.0", config.levels.back().channels,
                 config.levels.back().channels, config.time_width()),
      middle_(reader, "middle_block.1", config.middle_depth, middle_shape()),
      middle_out_(reader, "middle_block.2", config.levels.back().channels,
                  config.levels.back().channels, config.time_width()),
      norm_out_(reader, "out.0", config.levels.front().channels, 1e-5),
      conv_out_(reader, "out.2",
                {.in = config.levels.front().channels, .out = config.out_channels}) {
  add_input_blocks(reader);
  add_output_blocks(reader);
}

TransformerShape UNet::transformer_shape(const UNetLevel& level) const {
  return {.channels = level.channels,
          .context_width = config_.context_width,
          .heads = level.heads,
          .self_attention = level.self_attention};
}

TransformerShape UNet::middle_shape() const {
  TransformerShape shape = transformer_shape(config_.levels.back());
  shape.self_attention = true;
  return shape;
}

void UNet::add_input_blocks(WeightReader& reader) {
  std::int64_t width = config_.model_channels;
  skip_channels_.push_back(width);
  for (std::size_t i = 0; i < config_.levels.size(); ++i) {
    const UNetLevel& level = config_.levels[i];
    for (const std::int64_t depth : level.down) {
      const std::string name = fmt::format("input_blocks.{}.", input_.size() + 1);
      Block& block = input_.emplace_back();
      block.res.emplace(reader, name + "0", width, level.channels, config_.time_width());
      if (depth > 0) block.transformer.emplace(reader, name + "1", depth, transformer_shape(level));
      width = level.channels;
      skip_channels_.push_back(width);
    }
    if (i + 1 < config_.levels.size()) {
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
  for (std::size_t i = config_.levels.size(); i-- > 0;) {
    const UNetLevel& level = config_.levels[i];
    for (std::size_t k = 0; k < level.up.size(); ++k) {
      const std::string name = fmt::format("output_blocks.{}.", output_.size());
      const std::int64_t depth = level.up[k];
      Block& block = output_.emplace_back();
      block.res.emplace(reader, name + "0", width + skips.back(), level.channels,
                        config_.time_width());
      skips.pop_back();
      width = level.channels;
      if (depth > 0) block.transformer.emplace(reader, name + "1", depth, transformer_shape(level));
      if (i > 0 && k + 1 == level.up.size()) {
        block.resize.emplace(reader, name + (depth > 0 ? "2.conv" : "1.conv"),
                             ConvShape{.in = width, .out = width});
      }
    }
  }
}

UNetConditions UNet::prepare(const at::Tensor& context, const at::Tensor& vector,
                             const at::Tensor& noise_levels) const {
  UNetConditions out{.context = {}, .label = label_(vector, noise_levels)};
  for (const Block& block : input_) {
    if (block.transformer) block.transformer->project(context, out.context);
  }
  middle_.project(context, out.context);
  for (const Block& block : output_) {
    if (block.transformer) block.transformer->project(context, out.context);
  }
  return out;
}

at::Tensor UNet::embed(const at::Tensor& timesteps, const at::Tensor& label,
                       c10::ScalarType dtype) const {
  const at::Tensor waves = timestep_embedding(timesteps, config_.model_channels).to(dtype);
  const at::Tensor time = time_out_(at::silu(time_in_(waves)));
  return at::silu(label.defined() ? time + label : time);
}

at::Tensor UNet::operator()(const at::Tensor& x, const at::Tensor& timesteps,
                            const UNetConditions& conditions) const {
  const KeyValue* next = conditions.context.data();
  const at::Tensor time = embed(timesteps, conditions.label, x.scalar_type());

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
