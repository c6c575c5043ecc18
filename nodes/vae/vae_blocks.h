#pragma once
/// The parts that the autoencoder's halves share. Feature maps are in channels-last memory. All are
/// immutable after construction and thread-safe.
#include <ATen/core/Tensor.h>

#include <cstdint>
#include <optional>
#include <string>

#include "layers/conv2d.h"
#include "layers/linear.h"
#include "layers/norm.h"

namespace calotype {

/// Two convolutions inside a residual.
class VAEResBlock {
 public:
  VAEResBlock(WeightReader&, const std::string& name, std::int64_t in, std::int64_t out);
  /// Lets go of `x` as early as possible.
  at::Tensor operator()(at::Tensor x) const;

 private:
  GroupNorm norm1_;
  Conv2d conv1_;
  GroupNorm norm2_;
  Conv2d conv2_;
  std::optional<Conv2d> shortcut_;
};

/// Attention of one head over all pixels, inside a residual. Stored as 1x1 convolutions or as
/// linear layers.
class VAEAttention {
 public:
  VAEAttention(WeightReader&, const std::string& name, std::int64_t channels);
  at::Tensor operator()(const at::Tensor& x) const;

 private:
  GroupNorm norm_;
  Linear qkv_;
  Linear out_;
};

/// Residual block, attention, residual block.
class VAEMiddle {
 public:
  VAEMiddle(WeightReader&, const std::string& name, std::int64_t channels);
  at::Tensor operator()(at::Tensor x) const;

 private:
  VAEResBlock first_;
  VAEAttention attention_;
  VAEResBlock second_;
};

}  // namespace calotype
