#pragma once
/// The convolutional stem of DPT-Hybrid: a ResNet of Big Transfer's kind, with standardised weights
/// and group normalisation (arXiv 1912.11370, 1903.10520), padded as TensorFlow's SAME. Immutable
/// after construction, thread-safe.
#include <ATen/core/Tensor.h>

#include <array>
#include <optional>
#include <string>
#include <vector>

#include "depth/depth_config.h"
#include "layers/conv2d.h"

namespace calotype {

/// Group normalisation, epsilon 1e-5, over feature maps in channels-last memory.
class BitNorm {
 public:
  BitNorm(WeightReader&, const std::string& name, std::int64_t channels, std::int64_t groups);
  at::Tensor operator()(const at::Tensor& x) const;

 private:
  std::int64_t groups_;
  at::Tensor weight_;
  at::Tensor bias_;
};

/// A convolution whose weights have mean 0 and variance 1 per output (computed once, here). The
/// edges are filled so that the output is the input's size by `stride`, rounded up; an odd pixel
/// goes to the right and the bottom.
class BitConv {
 public:
  BitConv(WeightReader&, const std::string& name, ConvShape);
  at::Tensor operator()(const at::Tensor& x) const;

 private:
  std::int64_t kernel_, stride_;
  Conv2d conv_;
};

/// 1x1, 3x3 and 1x1 convolutions inside a residual.
class BitBlock {
 public:
  BitBlock(WeightReader&, const std::string& name, std::int64_t in, const DepthConfig::Stage&,
           std::int64_t stride, std::int64_t groups);
  at::Tensor operator()(const at::Tensor& x) const;

 private:
  struct Layer {
    BitConv conv;
    BitNorm norm;
  };
  Layer reduce_, spread_, expand_;
  std::optional<Layer> shortcut_;
};

class BitResNet {
 public:
  BitResNet(WeightReader&, const std::string& name, const DepthConfig&);
  /// `x`: [B, 3, H, W]. Returns the maps after each stage: a fourth, an eighth and a sixteenth of
  /// the size.
  std::array<at::Tensor, DepthConfig::kStages> operator()(const at::Tensor& x) const;

 private:
  BitConv stem_;
  BitNorm stem_norm_;
  std::array<std::vector<BitBlock>, DepthConfig::kStages> stages_;
};

}  // namespace calotype
