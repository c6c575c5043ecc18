#pragma once
/// Sizes of a depth network, read off its weights (internal names, see depth_names.h).
#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include "checkpoint/weights.h"

namespace calotype {

enum class DepthDesign {
  dpt_hybrid,     ///< MiDaS: ResNet stem, ViT, dense prediction head
  depth_anything  ///< DINOv2, dense prediction head
};

/// What shapes do not tell: from a config.json, or the published models'.
struct DepthHints {
  std::int64_t heads = 0;            ///< of attention; 0: one per 64 numbers of the width
  std::int64_t norm_groups = 32;     ///< of the ResNet's normalisation
  double layer_norm_epsilon = 1e-6;  ///< of the transformer
  /// Layers of the transformer, from 0, whose output is used: 2 for DPT-Hybrid, 4 for Depth
  /// Anything. Empty: those of the published models.
  std::vector<std::int64_t> taps;
  /// DINOv2 scales its position grid by (patches + offset) / side rather than to a size. 0: to the
  /// size.
  double position_offset = 0.0;
};

struct DepthConfig {
  static constexpr std::size_t kMaps = 4;    ///< feature maps that the head joins
  static constexpr std::size_t kStages = 3;  ///< of the ResNet

  struct Stage {
    std::int64_t blocks = 0, inner = 0, out = 0;  ///< inner: width between the 1x1 convolutions
  };

  DepthDesign design = DepthDesign::dpt_hybrid;
  std::int64_t width = 0, layers = 0, heads = 0, mlp = 0;  ///< of the transformer
  std::int64_t patch = 16;                                 ///< px per token
  std::int64_t position_side = 0;  ///< learned positions: a square of so many tokens
  double position_offset = 0.0, layer_norm_epsilon = 1e-6;
  std::vector<std::int64_t> taps;
  std::int64_t stem_width = 0, norm_groups = 32;  ///< DPT-Hybrid only, as is `stages`
  std::array<Stage, kStages> stages;
  std::array<std::int64_t, kMaps> map_channels{};
  std::int64_t features = 0, head_features = 0;

  /// Sides of prepared pictures are multiples of this, px.
  std::int64_t multiple() const { return design == DepthDesign::dpt_hybrid ? 32 : patch; }

  /// From names, shapes and hints. Throws Error(io) that says what is not of either design.
  static DepthConfig detect(const Weights&, const DepthHints&);
};

/// "DPT-Hybrid" or "Depth Anything".
std::string design_name(DepthDesign);

}  // namespace calotype
