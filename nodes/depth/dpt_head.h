#pragma once
/// The dense prediction head (arXiv 2103.13413): four feature maps are joined from coarse to fine
/// and turned into one channel. Immutable after construction, thread-safe.
#include <ATen/core/Tensor.h>

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "depth/depth_config.h"
#include "layers/conv2d.h"

namespace calotype {

/// Two convolutions with the activation in front, inside a residual.
class FusionUnit {
 public:
  FusionUnit(WeightReader&, const std::string& name, std::int64_t features);
  at::Tensor operator()(const at::Tensor& x) const;

 private:
  Conv2d conv1_, conv2_;
};

class DptHead {
 public:
  DptHead(WeightReader&, const DepthConfig&);
  /// `maps`: from fine to coarse, [B, map_channels[i], h, w] each in channels-last memory. Returns
  /// inverse depth from 0: [B, 1, height, width].
  at::Tensor operator()(const std::array<at::Tensor, DepthConfig::kMaps>& maps, std::int64_t height,
                        std::int64_t width) const;

 private:
  /// One step from coarse to fine.
  struct Fusion {
    std::optional<FusionUnit> skip;  ///< of the finer map; the coarsest step has none
    FusionUnit main;
    Conv2d out;
  };

  std::vector<Conv2d> inputs_;   // fine to coarse
  std::vector<Fusion> fusions_;  // coarse to fine
  Conv2d conv1_, conv2_, conv3_;
};

}  // namespace calotype
