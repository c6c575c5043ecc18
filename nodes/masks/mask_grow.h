#pragma once
#include <cstdint>
#include <string_view>

#include "calotype/describe.h"
#include "calotype/types/mask.h"

namespace calotype {

/// Moves the edge of a mask outwards by `pixels`, or inwards when that is negative. Each value
/// becomes the largest (smallest) one within that Euclidean distance: grey dilation (erosion) by a
/// disc. The edge of the picture is no edge of the mask: a mask that reaches it still does so
/// afterwards.
struct MaskGrow {
  static constexpr std::string_view kType = "MaskGrow";
  static constexpr int kVersion = 1;

  struct Inputs {
    Mask mask;
  };
  struct Params {
    std::int64_t pixels = 8;
  };
  struct Outputs {
    Mask mask;
  };

  static void describe(Describe<MaskGrow>& d);
  /// Throws Error(run) when the mask is not [B, 1, H, W]; Error(cancelled).
  static Outputs run(const Inputs& in, const Params& p, RunContext& context);
};

}  // namespace calotype
