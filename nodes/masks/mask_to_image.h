#pragma once
#include <string_view>

#include "calotype/describe.h"
#include "calotype/types/image.h"
#include "calotype/types/mask.h"

namespace calotype {

/// Shows a mask as a grey picture: 1 is white, 0 is black. MaskFromImage reads it back.
struct MaskToImage {
  static constexpr std::string_view kType = "MaskToImage";
  static constexpr int kVersion = 1;

  struct Inputs {
    Mask mask;
  };
  struct Params {};
  struct Outputs {
    Image image;
  };

  static void describe(Describe<MaskToImage>& d);
  /// Throws Error(run) when the mask is not [B, 1, H, W].
  static Outputs run(const Inputs& in, const Params&, RunContext&);
};

}  // namespace calotype
