#include "upscale/rrdb_net.h"

#include <fmt/format.h>

#include <utility>

#include "calotype/error.h"
#include "calotype/types/aten.h"

namespace calotype {

namespace {

constexpr double kSlope = 0.2;
constexpr double kResidual = 0.2;
constexpr std::int64_t kGrowing = 4;
constexpr std::int64_t kMaxDoublings = 3;

[[noreturn]] void refuse(const Weights& weights, const std::string& what) {
  throw Error(ErrorCode::io, fmt::format("{}: RRDBNet {}", weights.origin(), what));
}

/// A number of the shape of a convolution's weight.
std::int64_t size_of(const Weights& weights, const std::string& name, std::size_t dimension) {
  const auto* shape = weights.shape(name);
  if (!shape) refuse(weights, fmt::format("needs a tensor {}", quote(name)));
  if (shape->size() != 4) {
    refuse(weights,
           fmt::format("needs four dimensions in {}, found {}", quote(name), shape->size()));
  }
  return (*shape)[dimension];
}

/// A convolution whose result is multiplied by `factor`.
Conv2d scaled_conv(WeightReader& reader, const std::string& name, ConvShape shape, double factor) {
  const auto weight = reader.take(name + ".weight", {shape.out, shape.in, 3, 3});
  const auto bias = reader.take(name + ".bias", {shape.out});
  return {weight * factor, bias * factor, shape, reader.placement()};
}

}  // namespace

RRDBConfig RRDBConfig::detect(const Weights& weights) {
  RRDBConfig c;
  const std::int64_t in = size_of(weights, "conv_first.weight", 1);
  const std::int64_t out = size_of(weights, "conv_last.weight", 0);
  c.unshuffle = in == 3 ? 1 : in == 12 ? 2 : in == 48 ? 4 : 0;
  if (c.unshuffle == 0 || out != 3) {
    refuse(weights,
           fmt::format("takes 3, 12 or 48 channels and makes 3, found {} and {}", in, out));
  }
  c.features = size_of(weights, "conv_first.weight", 0);
  c.growth = size_of(weights, "body.0.rdb1.conv1.weight", 0);
  c.blocks = 0;
  while (weights.shape(fmt::format("body.{}.rdb1.conv1.weight", c.blocks))) ++c.blocks;
  c.doublings = 0;
  while (weights.shape(fmt::format("conv_up{}.weight", c.doublings + 1))) ++c.doublings;
  if (c.doublings > kMaxDoublings || c.scale() < 1) {
    refuse(weights, fmt::format("of {} doublings after {} channels is unknown", c.doublings, in));
  }
  return c;
}

RRDBNet::DenseBlock::DenseBlock(WeightReader& reader, const std::string& name, const RRDBConfig& c)
    : last_(scaled_conv(reader, name + ".conv5",
                        {.in = c.features + kGrowing * c.growth, .out = c.features}, kResidual)) {
  for (std::int64_t i = 0; i < kGrowing; ++i) {
    growing_.emplace_back(reader, fmt::format("{}.conv{}", name, i + 1),
                          ConvShape{.in = c.features + i * c.growth, .out = c.growth});
  }
}

at::Tensor RRDBNet::DenseBlock::operator()(const at::Tensor& x) const {
  at::Tensor all = x;
  for (const Conv2d& conv : growing_) all = at::cat({all, conv.leaky(all, kSlope)}, 1);
  return last_.plus(all, x);
}

RRDBNet::RRDBNet(WeightReader& reader, const RRDBConfig& c)
    : unshuffle_(c.unshuffle),
      first_(reader, "conv_first", {.in = 3 * c.unshuffle * c.unshuffle, .out = c.features}),
      after_blocks_(reader, "conv_body", {.in = c.features, .out = c.features}),
      before_last_(reader, "conv_hr", {.in = c.features, .out = c.features}),
      last_(reader, "conv_last", {.in = c.features, .out = 3}) {
  for (std::int64_t i = 0; i < c.blocks; ++i) {
    const auto part = [&](int n) {
      return DenseBlock(reader, fmt::format("body.{}.rdb{}", i, n), c);
    };
    blocks_.push_back({part(1), part(2), part(3)});
  }
  for (std::int64_t i = 1; i <= c.doublings; ++i) {
    doublings_.emplace_back(reader, fmt::format("conv_up{}", i), c.features);
  }
}

at::Tensor RRDBNet::operator()(const at::Tensor& picture) const {
  at::Tensor x =
      unshuffle_ == 1
          ? picture
          : at::pixel_unshuffle(picture, unshuffle_).contiguous(at::MemoryFormat::ChannelsLast);
  const at::Tensor first = first_(x);
  x = first;
  for (const Block& block : blocks_) {
    at::Tensor y = block[2](block[1](block[0](x)));
    at::add_out(y, x, y, kResidual);
    x = std::move(y);
  }
  x = after_blocks_.plus(x, first);
  for (const UpsampleConv& doubling : doublings_) {
    x = doubling(std::move(x));
    at::leaky_relu_(x, kSlope);
  }
  x = before_last_.leaky(x, kSlope);
  return last_(x);
}

}  // namespace calotype
