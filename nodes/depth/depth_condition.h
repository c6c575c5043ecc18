#pragma once
#include <string_view>

#include "calotype/describe.h"
#include "calotype/types/conditioning.h"
#include "calotype/types/depth.h"

namespace calotype {

/// Tells a depth model of Stable Diffusion what is where. The latent has an eighth of the depth
/// map's width and height, as with every model that takes depth; the map is resized to it from the
/// model's own estimate, if there is one, and stretched to -1..1 per picture:
/// 2 (d - min) / (max - min) - 1, and -1 everywhere for a constant map.
struct DepthCondition {
  static constexpr std::string_view kType = "DepthCondition";
  static constexpr int kVersion = 1;

  struct Inputs {
    Conditioning conditioning;
    DepthMap depth;
  };
  struct Params {};
  struct Outputs {
    Conditioning conditioning;
  };

  static void describe(Describe<DepthCondition>& d);
  /// Throws Error(run) when the depth map is not [B, 1, H, W] with H and W multiples of 8, or when
  /// the conditioning has extra channels already.
  static Outputs run(const Inputs& in, const Params&, RunContext&);
};

}  // namespace calotype
