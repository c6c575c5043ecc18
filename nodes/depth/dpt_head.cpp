#include "depth/dpt_head.h"

#include <fmt/format.h>

#include <utility>

#include "calotype/types/aten.h"

namespace calotype {

namespace {

at::Tensor resize_corners(const at::Tensor& x, std::int64_t height, std::int64_t width) {
  return at::upsample_bilinear2d(x, {height, width}, /*align_corners=*/true);
}

Conv2d without_bias(WeightReader& reader, const std::string& name, std::int64_t in,
                    std::int64_t out) {
  return {reader.take(name + ".weight", {out, in, 3, 3}),
          at::Tensor(),
          {.in = in, .out = out},
          reader.placement()};
}

}  // namespace

FusionUnit::FusionUnit(WeightReader& reader, const std::string& name, std::int64_t features)
    : conv1_(reader, name + ".conv1", {.in = features, .out = features}),
      conv2_(reader, name + ".conv2", {.in = features, .out = features}) {}

at::Tensor FusionUnit::operator()(const at::Tensor& x) const {
  return conv2_.plus(conv1_(at::relu(x)).relu_(), x);
}

DptHead::DptHead(WeightReader& reader, const DepthConfig& c)
    : conv1_(reader, "head.0", {.in = c.features, .out = c.features / 2}),
      conv2_(reader, "head.2", {.in = c.features / 2, .out = c.head_features}),
      conv3_(reader, "head.4", {.in = c.head_features, .out = 1, .kernel = 1, .padding = 0}) {
  for (std::size_t i = 0; i < DepthConfig::kMaps; ++i) {
    inputs_.push_back(
        without_bias(reader, fmt::format("layer{}_rn", i + 1), c.map_channels[i], c.features));
  }
  for (std::size_t i = DepthConfig::kMaps; i > 0; --i) {
    const std::string name = fmt::format("refinenet{}", i);
    std::optional<FusionUnit> skip;
    if (i < DepthConfig::kMaps) skip.emplace(reader, name + ".resConfUnit1", c.features);
    fusions_.push_back({.skip = std::move(skip),
                        .main = {reader, name + ".resConfUnit2", c.features},
                        .out = {reader,
                                name + ".out_conv",
                                {.in = c.features, .out = c.features, .kernel = 1, .padding = 0}}});
  }
}

at::Tensor DptHead::operator()(const std::array<at::Tensor, DepthConfig::kMaps>& maps,
                               std::int64_t height, std::int64_t width) const {
  at::Tensor x;
  for (std::size_t step = 0; step < fusions_.size(); ++step) {
    const Fusion& fusion = fusions_[step];
    const std::size_t i = DepthConfig::kMaps - 1 - step;
    const at::Tensor map = inputs_[i](maps[i]);
    x = fusion.skip ? (*fusion.skip)(map).add_(x) : map;
    // A 1x1 convolution and an interpolation commute, and in this order there is less to convolve.
    x = fusion.out(fusion.main(x));
    x = i > 0 ? resize_corners(x, maps[i - 1].size(2), maps[i - 1].size(3))
              : resize_corners(x, 2 * x.size(2), 2 * x.size(3));
  }
  x = resize_corners(conv1_(x), height, width);
  return conv3_(conv2_(x).relu_()).relu_();
}

}  // namespace calotype
