#include "depth/vision_transformer.h"

#include <fmt/format.h>

#include <algorithm>

#include "calotype/types/aten.h"
#include "layers/attention.h"

namespace calotype {

namespace {

/// Stored as one layer or as three.
Linear take_qkv(WeightReader& reader, const std::string& name, std::int64_t width) {
  if (reader.weights().shape(name + ".qkv.weight")) {
    return {reader, name + ".qkv", width, 3 * width};
  }
  return {reader, {name + ".q", name + ".k", name + ".v"}, width, width, Bias::yes};
}

/// A linear layer whose outputs are scaled by `scale` [out], if the file has that: it is put into
/// the weights, so that the residual can be added in the same pass.
Linear take_scaled(WeightReader& reader, const std::string& name, const std::string& scale,
                   std::int64_t in, std::int64_t out) {
  at::Tensor weight = reader.take(name + ".weight", {out, in});
  at::Tensor bias = reader.take(name + ".bias", {out});
  const at::Tensor factor = reader.take_if_present(scale, {out});
  if (factor.defined()) {
    weight = weight * factor.unsqueeze(1);
    bias = bias * factor;
  }
  return {weight, bias, reader.placement()};
}

}  // namespace

VisionBlock::VisionBlock(WeightReader& reader, const std::string& name, const DepthConfig& c)
    : heads_(c.heads),
      norm1_(reader, name + ".norm1", c.width, c.layer_norm_epsilon),
      qkv_(take_qkv(reader, name + ".attn", c.width)),
      out_(take_scaled(reader, name + ".attn.proj", name + ".ls1.gamma", c.width, c.width)),
      norm2_(reader, name + ".norm2", c.width, c.layer_norm_epsilon),
      fc1_(reader, name + ".mlp.fc1", c.width, c.mlp),
      fc2_(take_scaled(reader, name + ".mlp.fc2", name + ".ls2.gamma", c.mlp, c.width)) {}

at::Tensor VisionBlock::operator()(const at::Tensor& x) const {
  const std::vector<at::Tensor> qkv = qkv_(norm1_(x)).chunk(3, -1);
  const at::Tensor y = out_.plus(attend(qkv[0], qkv[1], qkv[2], heads_), x);
  return fc2_.plus(fc1_.gelu(norm2_(y)), y);
}

VisionTransformer::VisionTransformer(WeightReader& reader, const DepthConfig& config)
    : config_(config),
      class_token_(reader.take("cls_token", {1, 1, config.width})),
      positions_(reader.take("pos_embed",
                             {1, 1 + config.position_side * config.position_side, config.width})) {
  for (std::int64_t i = 0; i < config.layers; ++i) {
    blocks_.emplace_back(reader, fmt::format("blocks.{}", i), config);
  }
  if (config.design == DepthDesign::depth_anything) {
    norm_.emplace(reader, "norm", config.width, config.layer_norm_epsilon);
  }
}

at::Tensor VisionTransformer::positions(std::int64_t height, std::int64_t width) const {
  const std::int64_t side = config_.position_side;
  if (height == side && width == side) return positions_;
  // In float32: bicubic weights in a smaller type shift the grid.
  const at::Tensor grid = positions_.narrow(1, 1, side * side)
                              .to(at::kFloat)
                              .unflatten(1, {side, side})
                              .permute({0, 3, 1, 2});
  at::Tensor resized;
  if (config_.design == DepthDesign::dpt_hybrid) {
    resized = at::upsample_bilinear2d(grid, {height, width}, false);
  } else if (config_.position_offset == 0.0) {
    resized = at::upsample_bicubic2d(grid, {height, width}, false);
  } else {
    const auto scale = [&](std::int64_t n) {
      return (static_cast<double>(n) + config_.position_offset) / static_cast<double>(side);
    };
    resized = at::upsample_bicubic2d(grid, {height, width}, false, scale(height), scale(width));
  }
  const at::Tensor rows = resized.permute({0, 2, 3, 1}).flatten(1, 2).to(positions_.scalar_type());
  return at::cat({positions_.narrow(1, 0, 1), rows}, 1);
}

std::vector<at::Tensor> VisionTransformer::operator()(const at::Tensor& patches) const {
  const at::Tensor rows = patches.permute({0, 2, 3, 1}).flatten(1, 2);
  at::Tensor x = at::cat({class_token_.expand({rows.size(0), -1, -1}), rows}, 1);
  x.add_(positions(patches.size(2), patches.size(3)));
  std::vector<at::Tensor> tapped;
  for (std::int64_t i = 0; i <= config_.taps.back(); ++i) {
    x = blocks_[static_cast<std::size_t>(i)](x);
    if (std::find(config_.taps.begin(), config_.taps.end(), i) != config_.taps.end()) {
      tapped.push_back(norm_ ? (*norm_)(x) : x);
    }
  }
  return tapped;
}

}  // namespace calotype
