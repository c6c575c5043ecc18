#pragma once
/// The transformers of both designs: ViT (arXiv 2010.11929) and DINOv2 (arXiv 2304.07193), which
/// scales each layer's branches by learned numbers. Immutable after construction, thread-safe.
#include <ATen/core/Tensor.h>

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "depth/depth_config.h"
#include "layers/linear.h"
#include "layers/norm.h"

namespace calotype {

class VisionBlock {
 public:
  VisionBlock(WeightReader&, const std::string& name, const DepthConfig&);
  /// `x`: [B, T, width].
  at::Tensor operator()(const at::Tensor& x) const;

 private:
  std::int64_t heads_;
  LayerNorm norm1_;
  Linear qkv_;
  Linear out_;
  LayerNorm norm2_;
  Linear fc1_;
  Linear fc2_;
};

class VisionTransformer {
 public:
  VisionTransformer(WeightReader&, const DepthConfig&);
  /// `patches`: a map [B, width, h, w] of embedded patches in channels-last memory. Returns, for
  /// each of config.taps, the tokens after that layer: [B, 1 + h w, width], the class token first.
  std::vector<at::Tensor> operator()(const at::Tensor& patches) const;

 private:
  /// The learned positions for a grid of another size: [1, 1 + h w, width].
  at::Tensor positions(std::int64_t height, std::int64_t width) const;

  DepthConfig config_;
  at::Tensor class_token_;
  at::Tensor positions_;
  std::vector<VisionBlock> blocks_;
  std::optional<LayerNorm> norm_;  ///< of every tapped output; Depth Anything only
};

}  // namespace calotype
