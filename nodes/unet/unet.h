#pragma once
/// The denoising network of Stable Diffusion 1.x: residual blocks and transformers down to a middle
/// block and up again, with every result on the way down joined in on the way up.
#include <ATen/core/Tensor.h>

#include <optional>
#include <vector>

#include "layers/conv2d.h"
#include "layers/linear.h"
#include "layers/norm.h"
#include "unet/res_block.h"
#include "unet/spatial_transformer.h"
#include "unet/unet_config.h"

namespace calotype {

/// Immutable after construction, thread-safe. Tensors are of the weights' element type and device.
class UNet {
 public:
  UNet(WeightReader&, const UNetConfig&);

  /// Keys and values of all transformer blocks for `context` [B, T, context_width].
  std::vector<KeyValue> project(const at::Tensor& context) const;
  /// `x`: [B, in_channels, h, w]; `timesteps`: float32 [1 or B]; `context`: from `project`.
  /// Returns [B, out_channels, h, w]. Any h and w: a map of odd size is halved upwards.
  at::Tensor operator()(const at::Tensor& x, const at::Tensor& timesteps,
                        const std::vector<KeyValue>& context) const;

 private:
  struct Block {
    std::optional<ResBlock> res;
    std::optional<SpatialTransformer> transformer;
    std::optional<Conv2d> resize;
  };

  void add_input_blocks(WeightReader&);
  void add_output_blocks(WeightReader&);
  SpatialTransformer transformer(WeightReader&, const std::string& name,
                                 std::int64_t channels) const;

  UNetConfig config_;
  Linear time_in_;
  Linear time_out_;
  Conv2d conv_in_;
  std::vector<Block> input_;
  std::vector<std::int64_t> skip_channels_;
  ResBlock middle_in_;
  SpatialTransformer middle_;
  ResBlock middle_out_;
  std::vector<Block> output_;
  GroupNorm norm_out_;
  Conv2d conv_out_;
};

}  // namespace calotype
