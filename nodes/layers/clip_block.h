#pragma once
/// The transformer block that CLIP's text and image halves are made of (Radford et al. 2021,
/// arXiv 2103.00020): norm, attention, norm, two linear layers, each pair added to its input.
#include <ATen/core/Tensor.h>

#include <cstdint>
#include <string>

#include "checkpoint/weights.h"
#include "layers/attention.h"
#include "layers/linear.h"
#include "layers/norm.h"

namespace calotype {

/// `quick_gelu` is x * sigmoid(1.702 x), of OpenAI's weights; `gelu` is by the error function, of
/// LAION's.
enum class ClipActivation { quick_gelu, gelu };

/// Whose names the weights have. OpenCLIP stores query, key and value as one matrix, and
/// projections transposed.
enum class ClipLayout { transformers, open_clip };

struct ClipBlockConfig {
  ClipLayout layout = ClipLayout::transformers;
  std::int64_t width = 768;
  std::int64_t heads = 12;
  std::int64_t mlp_width = 3072;
  ClipActivation activation = ClipActivation::quick_gelu;
};

/// Immutable after construction, thread-safe.
class ClipBlock {
 public:
  /// `name`: "encoder.layers.0" or "transformer.resblocks.0" with what is before it.
  ClipBlock(WeightReader&, const std::string& name, const ClipBlockConfig&);
  /// `x` and the result: [N, T, width].
  at::Tensor operator()(const at::Tensor& x, AttentionMask) const;

 private:
  std::int64_t heads_;
  ClipActivation activation_;
  LayerNorm norm1_;
  Linear qkv_;
  Linear out_;
  LayerNorm norm2_;
  Linear fc1_;
  Linear fc2_;
};

/// The linear layer without bias that ends either half: `name`.weight [out, in] in the layout of
/// transformers, `name` [in, out] in that of OpenCLIP.
Linear clip_projection(WeightReader&, const std::string& name, ClipLayout, std::int64_t in,
                       std::int64_t out);

}  // namespace calotype
