#pragma once
#include <string_view>

#include "calotype/describe.h"
#include "calotype/types/depth.h"
#include "calotype/types/image.h"

namespace calotype {

/// Estimates how near each point of a picture is. Pictures of a batch are computed one by one, so
/// each comes out as if it were alone.
struct DepthEstimate {
  static constexpr std::string_view kType = "DepthEstimate";
  static constexpr int kVersion = 1;

  struct Inputs {
    Image image;
    DepthModelHandle depth_model;
  };
  struct Params {};
  struct Outputs {
    DepthMap depth;  ///< on the model's device
  };

  static void describe(Describe<DepthEstimate>& d);
  /// Throws Error(run) when the image is not [B, 3, H, W], is too narrow for the model, or has a
  /// depth that is not finite; Error(cancelled).
  static Outputs run(const Inputs& in, const Params&, RunContext& context);
};

/// (d - min) / (max - min) of each picture of `depth` [B, 1, h, w]; 0 for a constant one.
at::Tensor normalise_depth(const at::Tensor& depth);

}  // namespace calotype
