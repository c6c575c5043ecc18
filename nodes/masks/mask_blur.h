#pragma once
#include <string_view>

#include "calotype/describe.h"
#include "calotype/types/mask.h"

namespace calotype {

/// Softens the edges of a mask with a Gaussian, along the width and then along the height. The
/// kernel ends at int(2.5 sigma + 0.5) px on each side and outside the picture the mask is mirrored
/// at its outermost pixel: AUTOMATIC1111's mask blur, without its rounding to 8 bits.
struct MaskBlur {
  static constexpr std::string_view kType = "MaskBlur";
  static constexpr int kVersion = 1;

  struct Inputs {
    Mask mask;
  };
  struct Params {
    double sigma = 4;
  };
  struct Outputs {
    Mask mask;
  };

  static void describe(Describe<MaskBlur>& d);
  /// Throws Error(run) when the mask is not [B, 1, H, W].
  static Outputs run(const Inputs& in, const Params& p, RunContext&);
};

}  // namespace calotype
