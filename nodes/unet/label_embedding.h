#pragma once
#include <ATen/core/Tensor.h>

#include <variant>

#include "checkpoint/weights.h"
#include "layers/linear.h"
#include "unet/unet_config.h"

namespace calotype {

/// What a network adds to the embedding of the timestep: from a vector by two layers, or from a
/// noise level by a table. Immutable, thread-safe.
class LabelEmbedding {
 public:
  /// Takes nothing when the network has no label embedding.
  LabelEmbedding(WeightReader&, const UNetConfig&);

  /// `vector`: [B, vector_width] of the weights' element type; `noise_levels`: int64 [B], below
  /// the config's number of them. Only the one that the network takes is read. Returns
  /// [B, time_width], undefined when the network takes neither.
  at::Tensor operator()(const at::Tensor& vector, const at::Tensor& noise_levels) const;

 private:
  struct Layers {
    Linear in;
    Linear out;
  };
  std::variant<std::monostate, Layers, at::Tensor> embedding_;
};

}  // namespace calotype
