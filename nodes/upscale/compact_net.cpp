#include "upscale/compact_net.h"

#include <fmt/format.h>

#include <array>
#include <utility>

#include "calotype/error.h"
#include "calotype/types/aten.h"

namespace calotype {

namespace {

constexpr std::int64_t kColours = 3;
constexpr std::int64_t kMaxScale = 8;

/// Convolutions have even numbers, the slopes behind them odd ones.
std::string conv_name(std::int64_t index) { return fmt::format("body.{}", 2 * index); }

std::int64_t outputs(const Weights& weights, std::int64_t index) {
  const auto* shape = weights.shape(conv_name(index) + ".weight");
  return shape && shape->size() == 4 ? shape->front() : 0;
}

}  // namespace

CompactConfig CompactConfig::detect(const Weights& weights) {
  CompactConfig c;
  std::int64_t last = 0;
  while (weights.shape(conv_name(last + 1) + ".weight")) ++last;
  c.features = outputs(weights, 0);
  c.convs = last - 1;
  const std::int64_t made = outputs(weights, last);
  c.scale = 1;
  while (c.scale < kMaxScale && kColours * c.scale * c.scale < made) ++c.scale;
  if (made != kColours * c.scale * c.scale) {
    throw Error(ErrorCode::io,
                fmt::format("{}: SRVGGNetCompact ends with 3 channels times the square of its "
                            "scale, found {} in {}",
                            weights.origin(), made, quote(conv_name(last) + ".weight")));
  }
  return c;
}

CompactNet::CompactNet(WeightReader& reader, const CompactConfig& c) : scale_(c.scale) {
  for (std::int64_t i = 0; i <= c.convs; ++i) {
    convs_.emplace_back(reader, conv_name(i),
                        ConvShape{.in = i == 0 ? kColours : c.features, .out = c.features});
    slopes_.push_back(reader.take(fmt::format("body.{}.weight", 2 * i + 1), {c.features}));
  }
  convs_.emplace_back(reader, conv_name(c.convs + 1),
                      ConvShape{.in = c.features, .out = kColours * c.scale * c.scale});
}

at::Tensor CompactNet::operator()(const at::Tensor& picture) const {
  at::Tensor x = picture;
  for (std::size_t i = 0; i < slopes_.size(); ++i) x = at::prelu(convs_[i](x), slopes_[i]);
  x = at::pixel_shuffle(convs_.back()(x), scale_);
  const std::array<std::int64_t, 2> size{x.size(2), x.size(3)};
  return x.add_(at::upsample_nearest2d(picture, size));
}

}  // namespace calotype
