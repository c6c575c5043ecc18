#pragma once
#include <ATen/core/Tensor.h>

#include <cstdint>
#include <string>
#include <vector>

#include "layers/attention.h"
#include "layers/linear.h"
#include "layers/norm.h"

namespace calotype {

/// Self-attention, attention to the text, gated feed-forward; each after a norm, inside a residual.
class TransformerBlock {
 public:
  TransformerBlock(WeightReader&, const std::string& name, std::int64_t width,
                   std::int64_t context_width, std::int64_t heads);
  KeyValue project(const at::Tensor& context) const { return cross_.project(context); }
  at::Tensor operator()(at::Tensor x, const KeyValue& context) const;

 private:
  LayerNorm norm_self_;
  SelfAttention self_;
  LayerNorm norm_cross_;
  CrossAttention cross_;
  LayerNorm norm_feed_;
  GatedFeedForward feed_;
};

/// Transformer blocks over the pixels of a feature map. Immutable, thread-safe.
class SpatialTransformer {
 public:
  SpatialTransformer(WeightReader&, const std::string& name, std::int64_t channels,
                     std::int64_t depth, std::int64_t context_width, std::int64_t heads);
  /// Appends the keys and values of each block.
  void project(const at::Tensor& context, std::vector<KeyValue>& out) const;
  /// `x`: [B, C, H, W] in channels-last memory. Reads its blocks' keys and values at `context` and
  /// moves it behind them.
  at::Tensor operator()(const at::Tensor& x, const KeyValue*& context) const;

 private:
  GroupNorm norm_;
  Linear in_;
  std::vector<TransformerBlock> blocks_;
  Linear out_;
};

}  // namespace calotype
