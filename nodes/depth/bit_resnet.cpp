#include "depth/bit_resnet.h"

#include <fmt/format.h>

#include <algorithm>

#include "calotype/types/aten.h"
#include "layers/group_norm_kernel.h"

namespace calotype {

namespace {

constexpr double kNormEpsilon = 1e-5;
constexpr double kWeightEpsilon = 1e-8;
constexpr std::int64_t kStemKernel = 7;
constexpr std::int64_t kPoolKernel = 3;

/// Pixels of zeros before and after one side of `size`.
std::array<std::int64_t, 2> same_padding(std::int64_t size, std::int64_t kernel,
                                         std::int64_t stride) {
  const std::int64_t out = (size + stride - 1) / stride;
  const std::int64_t total = std::max<std::int64_t>((out - 1) * stride + kernel - size, 0);
  return {total / 2, total - total / 2};
}

at::Tensor pad_same(const at::Tensor& x, std::int64_t kernel, std::int64_t stride) {
  const auto [top, bottom] = same_padding(x.size(2), kernel, stride);
  const auto [left, right] = same_padding(x.size(3), kernel, stride);
  if (top + bottom + left + right == 0) return x;
  const std::array<std::int64_t, 4> padding{left, right, top, bottom};
  return at::constant_pad_nd(x, padding);
}

/// Without a stride the padding is the same on all sides and the convolution can do it.
std::int64_t inner_padding(const ConvShape& shape) {
  return shape.stride == 1 ? shape.kernel / 2 : 0;
}

at::Tensor standardised(const at::Tensor& weight) {
  if (weight.is_meta()) return weight;
  const at::Tensor flat = weight.to(at::kFloat).flatten(1);
  const at::Tensor centred = flat - flat.mean(1, /*keepdim=*/true);
  const at::Tensor variance = centred.square().mean(1, /*keepdim=*/true);
  return (centred * variance.add_(kWeightEpsilon).rsqrt_())
      .view_as(weight)
      .to(weight.scalar_type());
}

}  // namespace

BitNorm::BitNorm(WeightReader& reader, const std::string& name, std::int64_t channels,
                 std::int64_t groups)
    : groups_(groups),
      weight_(reader.take(name + ".weight", {channels})),
      bias_(reader.take(name + ".bias", {channels})) {}

at::Tensor BitNorm::operator()(const at::Tensor& x) const {
  if (group_norm_kernel_takes(x)) {
    auto y = at::empty_like(x);
    group_norm_kernel(x, y, groups_, weight_, bias_, kNormEpsilon, AfterNorm::nothing);
    return y;
  }
  return at::group_norm(x, groups_, weight_, bias_, kNormEpsilon)
      .contiguous(at::MemoryFormat::ChannelsLast);
}

BitConv::BitConv(WeightReader& reader, const std::string& name, ConvShape shape)
    : kernel_(shape.kernel),
      stride_(shape.stride),
      conv_(standardised(
                reader.take(name + ".weight", {shape.out, shape.in, shape.kernel, shape.kernel})),
            at::Tensor(),
            {.in = shape.in,
             .out = shape.out,
             .kernel = shape.kernel,
             .padding = inner_padding(shape),
             .stride = shape.stride},
            reader.placement()) {}

at::Tensor BitConv::operator()(const at::Tensor& x) const {
  return conv_(stride_ == 1 ? x : pad_same(x, kernel_, stride_));
}

BitBlock::BitBlock(WeightReader& reader, const std::string& name, std::int64_t in,
                   const DepthConfig::Stage& stage, std::int64_t stride, std::int64_t groups)
    : reduce_{{reader, name + ".conv1", {.in = in, .out = stage.inner, .kernel = 1}},
              {reader, name + ".norm1", stage.inner, groups}},
      spread_{{reader,
               name + ".conv2",
               {.in = stage.inner, .out = stage.inner, .kernel = 3, .stride = stride}},
              {reader, name + ".norm2", stage.inner, groups}},
      expand_{{reader, name + ".conv3", {.in = stage.inner, .out = stage.out, .kernel = 1}},
              {reader, name + ".norm3", stage.out, groups}} {
  if (!reader.weights().shape(name + ".downsample.conv.weight")) return;
  shortcut_.emplace(Layer{{reader,
                           name + ".downsample.conv",
                           {.in = in, .out = stage.out, .kernel = 1, .stride = stride}},
                          {reader, name + ".downsample.norm", stage.out, groups}});
}

at::Tensor BitBlock::operator()(const at::Tensor& x) const {
  at::Tensor h = reduce_.norm(reduce_.conv(x)).relu_();
  h = spread_.norm(spread_.conv(h)).relu_();
  h = expand_.norm(expand_.conv(h));
  return h.add_(shortcut_ ? shortcut_->norm(shortcut_->conv(x)) : x).relu_();
}

BitResNet::BitResNet(WeightReader& reader, const std::string& name, const DepthConfig& config)
    : stem_(reader, name + ".stem.conv",
            {.in = 3, .out = config.stem_width, .kernel = kStemKernel, .stride = 2}),
      stem_norm_(reader, name + ".stem.norm", config.stem_width, config.norm_groups) {
  std::int64_t width = config.stem_width;
  for (std::size_t i = 0; i < stages_.size(); ++i) {
    const DepthConfig::Stage& stage = config.stages[i];
    for (std::int64_t j = 0; j < stage.blocks; ++j) {
      stages_[i].emplace_back(reader, fmt::format("{}.stages.{}.blocks.{}", name, i, j), width,
                              stage, i > 0 && j == 0 ? 2 : 1, config.norm_groups);
      width = stage.out;
    }
  }
}

std::array<at::Tensor, DepthConfig::kStages> BitResNet::operator()(const at::Tensor& x) const {
  at::Tensor h = stem_norm_(stem_(x)).relu_();
  h = at::max_pool2d(pad_same(h, kPoolKernel, 2), kPoolKernel, 2);
  std::array<at::Tensor, DepthConfig::kStages> maps;
  for (std::size_t i = 0; i < stages_.size(); ++i) {
    for (const BitBlock& block : stages_[i]) h = block(h);
    maps[i] = h;
  }
  return maps;
}

}  // namespace calotype
