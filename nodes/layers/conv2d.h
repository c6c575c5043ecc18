#pragma once
/// Convolutions over feature maps [B, C, H, W] in channels-last memory, padded with zeros or,
/// inside a WrapScope, with the opposite edge. Immutable after construction, thread-safe.
#include <ATen/core/Tensor.h>

#include <cstdint>
#include <optional>
#include <string>

#include "checkpoint/weights.h"
#include "layers/packed_conv.h"
#include "layers/wrap.h"

namespace calotype {

struct ConvShape {
  std::int64_t in = 0;
  std::int64_t out = 0;
  std::int64_t kernel = 3;
  std::int64_t padding = 1;
  std::int64_t stride = 1;
};

class Conv2d {
 public:
  /// Takes `name`.weight [out, in, kernel, kernel] and `name`.bias [out].
  Conv2d(WeightReader&, const std::string& name, ConvShape);
  /// `weight`: [out, in, kernel, kernel]; `bias`: [out].
  Conv2d(at::Tensor weight, at::Tensor bias, ConvShape, const Placement&);

  at::Tensor operator()(const at::Tensor& x) const;
  /// The result plus `other`, which has its shape.
  at::Tensor plus(const at::Tensor& x, const at::Tensor& other) const;
  /// The result, with numbers below 0 multiplied by `slope` (LeakyReLU).
  at::Tensor leaky(const at::Tensor& x, double slope) const;
  /// The result plus `shift` [1 or B, out] at every pixel.
  at::Tensor shifted(const at::Tensor& x, const at::Tensor& shift) const;

 private:
  void pack(const Placement&);
  at::Tensor with_bias(const at::Tensor& x, const at::Tensor& bias) const;
  at::Tensor plain(const at::Tensor& x, const at::Tensor& bias) const;
  at::Tensor wrapped(const at::Tensor& x, const at::Tensor& bias, Wrap wrap) const;

  ConvShape shape_;
  at::Tensor weight_;  // undefined when packed
  at::Tensor bias_;
  std::optional<PackedConv> packed_;
};

}  // namespace calotype
