#pragma once
/// Linear layers. Immutable after construction, thread-safe; calls allocate their result.
#include <ATen/core/Tensor.h>

#include <cstdint>
#include <string>
#include <vector>

#include "checkpoint/weights.h"

namespace calotype {

enum class Bias { yes, no };

/// y = x W' + b over the last dimension.
class Linear {
 public:
  /// Takes `name`.weight [out, in] and, with Bias::yes, `name`.bias [out].
  Linear(WeightReader&, const std::string& name, std::int64_t in, std::int64_t out,
         Bias = Bias::yes);
  /// Several layers of the same input as one; their outputs follow each other in the last
  /// dimension.
  Linear(WeightReader&, const std::vector<std::string>& names, std::int64_t in, std::int64_t out,
         Bias);
  /// `weight`: [out, in]; `bias`: [out] or undefined.
  Linear(const at::Tensor& weight, at::Tensor bias, const Placement&);

  at::Tensor operator()(const at::Tensor& x) const;
  /// y + other; `other` has the shape of y.
  at::Tensor plus(const at::Tensor& x, const at::Tensor& other) const;
  /// y * other; `other` has the shape of y.
  at::Tensor times(const at::Tensor& x, const at::Tensor& other) const;
  /// gelu(y), by the error function.
  at::Tensor gelu(const at::Tensor& x) const;

 private:
  void pack(const Placement&);

  at::Tensor weight_;
  at::Tensor bias_;
  bool packed_ = false;
};

/// Gated feed-forward layer of the transformer: (x A' + a) * gelu(x B' + b), then a linear layer.
class GatedFeedForward {
 public:
  /// Takes `name`.net.0.proj [8 width, width] (A over B) and `name`.net.2 [width, 4 width].
  GatedFeedForward(WeightReader&, const std::string& name, std::int64_t width);
  /// The layer's output plus `residual`.
  at::Tensor plus(const at::Tensor& x, const at::Tensor& residual) const;

 private:
  GatedFeedForward(const at::Tensor& weight, const at::Tensor& bias, WeightReader&,
                   const std::string& name, std::int64_t width);

  Linear value_;
  Linear gate_;
  Linear out_;
};

}  // namespace calotype
