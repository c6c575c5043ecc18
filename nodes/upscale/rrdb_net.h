#pragma once
/// The network of ESRGAN (Wang et al. 2018, 1809.00219), Real-ESRGAN and BSRGAN.
#include <ATen/core/Tensor.h>

#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include "layers/conv2d.h"
#include "vae/upsample_conv.h"

namespace calotype {

struct RRDBConfig {
  std::int64_t unshuffle = 1;  ///< squares of so many pixels become channels first
  std::int64_t features = 64;
  std::int64_t growth = 32;  ///< channels that each convolution of a dense block adds
  std::int64_t blocks = 23;
  std::int64_t doublings = 2;

  /// Of the whole network; 2^doublings / unshuffle.
  std::int64_t scale() const { return (std::int64_t{1} << doublings) / unshuffle; }

  /// From names and shapes. Throws Error(io): not 3, 12 or 48 channels in or not 3 out, a scale
  /// below 1, no blocks or more than 3 doublings.
  static RRDBConfig detect(const Weights& weights);
};

/// Immutable, thread-safe.
class RRDBNet {
 public:
  RRDBNet(WeightReader&, const RRDBConfig&);
  /// `x`: [B, 3, H, W] in channels-last memory, 0..1, sides multiples of `unshuffle`. Returns
  /// [B, 3, H scale, W scale].
  at::Tensor operator()(const at::Tensor& x) const;

 private:
  /// Five convolutions, each of which sees what all before it made; a fifth of the result is added
  /// to the input.
  class DenseBlock {
   public:
    DenseBlock(WeightReader&, const std::string& name, const RRDBConfig&);
    at::Tensor operator()(const at::Tensor& x) const;

   private:
    std::vector<Conv2d> growing_;
    Conv2d last_;  ///< times 0.2
  };
  using Block = std::array<DenseBlock, 3>;

  std::int64_t unshuffle_;
  Conv2d first_;
  std::vector<Block> blocks_;
  Conv2d after_blocks_;
  std::vector<UpsampleConv> doublings_;
  Conv2d before_last_;
  Conv2d last_;
};

}  // namespace calotype
