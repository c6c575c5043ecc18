#pragma once
/// The text half of CLIP, as Stable Diffusion 1.x uses it.
#include <ATen/core/Tensor.h>

#include <cstdint>
#include <string>
#include <vector>

#include "checkpoint/weights.h"
#include "layers/linear.h"
#include "layers/norm.h"

namespace calotype {

struct ClipTextConfig {
  std::string prefix;  ///< of the names: "text_model." or nothing
  std::int64_t vocabulary = 49408;
  std::int64_t positions = 77;
  std::int64_t width = 768;
  std::int64_t layers = 12;
  std::int64_t mlp_width = 3072;

  /// Heads are 64 wide.
  std::int64_t heads() const { return width < 64 ? 1 : width / 64; }

  /// From names and shapes alone. Throws Error(io) that says what is not of this design.
  static ClipTextConfig detect(const Weights&);
};

/// Immutable after construction, thread-safe.
class ClipTextModel {
 public:
  ClipTextModel(WeightReader&, const ClipTextConfig&);
  /// `ids`: int64 [N, T], each below the vocabulary, T at most `positions`. Returns [N, T, width]
  /// after the final norm, without the last `clip_skip` layers.
  at::Tensor operator()(const at::Tensor& ids, std::int64_t clip_skip) const;

 private:
  class Layer {
   public:
    Layer(WeightReader&, const std::string& name, const ClipTextConfig&);
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

  at::Tensor tokens_;
  at::Tensor positions_;
  std::vector<Layer> layers_;
  LayerNorm norm_;
};

}  // namespace calotype
