#pragma once
#include <ATen/core/Tensor.h>

#include <cstdint>
#include <string>
#include <variant>
#include <vector>

#include "layers/attention.h"
#include "layers/linear.h"
#include "layers/norm.h"

namespace calotype {

/// Sizes that the blocks of a transformer have in common.
struct TransformerShape {
  std::int64_t channels = 0;
  std::int64_t context_width = 0;
  std::int64_t heads = 0;
  bool self_attention = true;  ///< false: the first attention is to the text as well
};

/// Self-attention, attention to the text, gated feed-forward; each after a norm, inside a residual.
class TransformerBlock {
 public:
  TransformerBlock(WeightReader&, const std::string& name, const TransformerShape&);
  /// Appends keys and values of each attention to the text.
  void project(const at::Tensor& context, std::vector<KeyValue>& out) const;
  /// `x`: [B, T, channels]. Reads its keys and values at `context` and moves it behind them.
  at::Tensor operator()(at::Tensor x, const KeyValue*& context) const;

 private:
  using Attention = std::variant<SelfAttention, CrossAttention>;
  static Attention first(WeightReader&, const std::string& name, const TransformerShape&);

  LayerNorm norm_first_;
  Attention first_;
  LayerNorm norm_cross_;
  CrossAttention cross_;
  LayerNorm norm_feed_;
  GatedFeedForward feed_;
};

/// Transformer blocks over the pixels of a feature map. Immutable, thread-safe.
class SpatialTransformer {
 public:
  SpatialTransformer(WeightReader&, const std::string& name, std::int64_t depth,
                     const TransformerShape&);
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
