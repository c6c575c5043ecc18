#pragma once
#include <ATen/core/Tensor.h>

#include <array>
#include <optional>
#include <vector>

#include "depth/bit_resnet.h"
#include "depth/depth_config.h"
#include "depth/dpt_head.h"
#include "depth/vision_transformer.h"

namespace calotype {

/// A whole depth network of either design. Immutable after construction, thread-safe.
class DepthNetwork {
 public:
  DepthNetwork(WeightReader&, const DepthConfig&);
  /// `x`: prepared pictures [B, 3, H, W], H and W multiples of config.multiple(). Returns inverse
  /// depth from 0, [B, 1, H, W].
  at::Tensor operator()(const at::Tensor& x) const;

 private:
  /// From tokens to one of the head's feature maps.
  struct Reassemble {
    std::optional<Linear> readout;        ///< of a patch's token; DPT-Hybrid only
    std::optional<Linear> class_readout;  ///< of the class token, added to each patch's
    Conv2d project;
    at::Tensor enlarge, enlarge_bias;  ///< [C, C, k, k]: a transposed convolution of stride k
    std::optional<Conv2d> shrink;
    at::Tensor operator()(const at::Tensor& tokens, std::int64_t height, std::int64_t width) const;
  };
  static Reassemble make_reassemble(WeightReader&, const DepthConfig&, std::size_t map);

  DepthConfig config_;
  std::optional<BitResNet> resnet_;
  Conv2d embed_;
  VisionTransformer transformer_;
  std::vector<Reassemble> reassemble_;  // of the last maps, as many as taps
  DptHead head_;
};

}  // namespace calotype
