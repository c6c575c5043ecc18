#pragma once
/// Multi-head attention through the library's fused kernels, which never hold all scores.
/// Layers are immutable after construction, thread-safe.
#include <ATen/core/Tensor.h>

#include <cstdint>
#include <string>

#include "checkpoint/weights.h"
#include "layers/linear.h"

namespace calotype {

enum class AttentionMask { none, causal };

/// `q`: [B, T, heads * D]; `k`, `v`: [B, S, heads * D]. Scores are scaled by D^-0.5. Returns
/// [B, T, heads * D].
at::Tensor attend(const at::Tensor& q, const at::Tensor& k, const at::Tensor& v, std::int64_t heads,
                  AttentionMask = AttentionMask::none);

/// Of the transformer blocks: `name`.to_q, to_k, to_v without bias and `name`.to_out.0.
class SelfAttention {
 public:
  SelfAttention(WeightReader&, const std::string& name, std::int64_t width, std::int64_t heads);
  /// The layer's output plus `residual`; both [B, T, width].
  at::Tensor plus(const at::Tensor& x, const at::Tensor& residual) const;

 private:
  std::int64_t heads_;
  Linear qkv_;
  Linear out_;
};

/// Keys and values of one text context for one layer, [B, S, width] each.
struct KeyValue {
  at::Tensor key;
  at::Tensor value;
};

/// The same with keys and values of a text context.
class CrossAttention {
 public:
  CrossAttention(WeightReader&, const std::string& name, std::int64_t width,
                 std::int64_t context_width, std::int64_t heads);
  /// `context`: [B, S, context_width].
  KeyValue project(const at::Tensor& context) const;
  at::Tensor plus(const at::Tensor& x, const KeyValue&, const at::Tensor& residual) const;

 private:
  std::int64_t heads_;
  Linear query_;
  Linear key_;
  Linear value_;
  Linear out_;
};

}  // namespace calotype
