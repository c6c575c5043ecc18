#pragma once
/// The denoising network of Stable Diffusion: residual blocks and transformers down to a middle
/// block and up again, with every result on the way down joined in on the way up.
#include <ATen/core/Tensor.h>

#include <optional>
#include <vector>

#include "layers/conv2d.h"
#include "layers/linear.h"
#include "layers/norm.h"
#include "unet/label_embedding.h"
#include "unet/res_block.h"
#include "unet/spatial_transformer.h"
#include "unet/unet_config.h"

namespace calotype {

/// What a run computes once: the same at each of its steps.
struct UNetConditions {
  std::vector<KeyValue> context;  ///< keys and values of all attentions to the text
  at::Tensor label;  ///< [1 or B, time_width], added to the embedded timestep, or undefined
};

/// Immutable after construction, thread-safe. Tensors are of the weights' element type and device.
class UNet {
 public:
  UNet(WeightReader&, const UNetConfig&);

  /// `context`: [B, T, context_width]; `vector` and `noise_levels` as LabelEmbedding takes them.
  UNetConditions prepare(const at::Tensor& context, const at::Tensor& vector,
                         const at::Tensor& noise_levels) const;
  /// `x`: [B, in_channels, h, w]; `timesteps`: float32 [1 or B]; conditions from `prepare`.
  /// Returns [B, out_channels, h, w]. Any h and w: a map of odd size is halved upwards.
  at::Tensor operator()(const at::Tensor& x, const at::Tensor& timesteps,
                        const UNetConditions&) const;

 private:
  struct Block {
    std::optional<ResBlock> res;
    std::optional<SpatialTransformer> transformer;
    std::optional<Conv2d> resize;
  };

  void add_input_blocks(WeightReader&);
  void add_output_blocks(WeightReader&);
  TransformerShape transformer_shape(const UNetLevel&) const;
  TransformerShape middle_shape() const;
  at::Tensor embed(const at::Tensor& timesteps, const at::Tensor& label, c10::ScalarType) const;

  UNetConfig config_;
  Linear time_in_;
  Linear time_out_;
  LabelEmbedding label_;
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
