#include "depth/depth_network.h"

#include <fmt/format.h>

#include <utility>

#include "calotype/types/aten.h"

namespace calotype {

namespace {

ConvShape embed_shape(const DepthConfig& c) {
  if (c.design == DepthDesign::dpt_hybrid) {
    return {.in = c.stages.back().out, .out = c.width, .kernel = 1, .padding = 0};
  }
  return {.in = 3, .out = c.width, .kernel = c.patch, .padding = 0, .stride = c.patch};
}

std::optional<BitResNet> make_resnet(WeightReader& reader, const DepthConfig& c) {
  if (c.design != DepthDesign::dpt_hybrid) return std::nullopt;
  return BitResNet(reader, "patch_embed.backbone", c);
}

}  // namespace

DepthNetwork::Reassemble DepthNetwork::make_reassemble(WeightReader& reader, const DepthConfig& c,
                                                       std::size_t map) {
  const std::string name = fmt::format("reassemble.{}", map);
  const std::int64_t out = c.map_channels[map];
  Reassemble r{.project = {reader,
                           name + ".project",
                           {.in = c.width, .out = out, .kernel = 1, .padding = 0}}};
  if (c.design == DepthDesign::dpt_hybrid) {
    const at::Tensor weight = reader.take(name + ".readout.weight", {c.width, 2 * c.width});
    const at::Tensor bias = reader.take(name + ".readout.bias", {c.width});
    const Placement& placement = reader.placement();
    r.readout.emplace(weight.narrow(1, 0, c.width), at::Tensor(), placement);
    r.class_readout.emplace(weight.narrow(1, c.width, c.width), bias, placement);
  }
  constexpr std::array<std::int64_t, DepthConfig::kMaps> kEnlarge{4, 2, 1, 1};
  if (kEnlarge[map] > 1) {
    r.enlarge = reader.take(name + ".resize.weight", {out, out, kEnlarge[map], kEnlarge[map]});
    r.enlarge_bias = reader.take(name + ".resize.bias", {out});
  }
  if (map + 1 == DepthConfig::kMaps) {
    r.shrink.emplace(reader, name + ".resize", ConvShape{.in = out, .out = out, .stride = 2});
  }
  return r;
}

at::Tensor DepthNetwork::Reassemble::operator()(const at::Tensor& tokens, std::int64_t height,
                                                std::int64_t width) const {
  at::Tensor rows = tokens.narrow(1, 1, height * width);
  if (readout) {
    rows = (*readout)(rows).add_((*class_readout)(tokens.narrow(1, 0, 1)));
    at::gelu_(rows);
  }
  at::Tensor map = project(rows.unflatten(1, {height, width}).permute({0, 3, 1, 2}));
  if (enlarge.defined()) {
    const std::array<std::int64_t, 2> stride{enlarge.size(2), enlarge.size(3)};
    map = at::conv_transpose2d(map, enlarge, enlarge_bias, stride)
              .contiguous(at::MemoryFormat::ChannelsLast);
  }
  return shrink ? (*shrink)(map) : map;
}

DepthNetwork::DepthNetwork(WeightReader& reader, const DepthConfig& config)
    : config_(config),
      resnet_(make_resnet(reader, config)),
      embed_(reader, "patch_embed.proj", embed_shape(config)),
      transformer_(reader, config),
      head_(reader, config) {
  for (std::size_t i = 0; i < config.taps.size(); ++i) {
    reassemble_.push_back(
        make_reassemble(reader, config, DepthConfig::kMaps - config.taps.size() + i));
  }
}

at::Tensor DepthNetwork::operator()(const at::Tensor& pixels) const {
  at::Tensor x = pixels.contiguous(at::MemoryFormat::ChannelsLast);
  std::array<at::Tensor, DepthConfig::kMaps> maps;
  if (resnet_) {
    auto stages = (*resnet_)(x);
    maps[0] = std::move(stages[0]);
    maps[1] = std::move(stages[1]);
    x = std::move(stages[2]);
  }
  x = embed_(x);
  const std::vector<at::Tensor> tapped = transformer_(x);
  for (std::size_t i = 0; i < tapped.size(); ++i) {
    maps[DepthConfig::kMaps - tapped.size() + i] = reassemble_[i](tapped[i], x.size(2), x.size(3));
  }
  return head_(maps, pixels.size(2), pixels.size(3));
}

}  // namespace calotype
