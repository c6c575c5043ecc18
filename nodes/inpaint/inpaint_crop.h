#pragma once
#include <cstdint>
#include <string_view>

#include "calotype/describe.h"
#include "calotype/types/image.h"
#include "calotype/types/mask.h"
#include "calotype/types/region.h"

namespace calotype {

/// Cuts out the part of a picture to repaint and enlarges it to the size that a model works at, so
/// that small things are painted in detail ("only masked"). InpaintPaste puts the result back.
/// A region that could not get the asked proportions is put into the new size as a whole, its edge
/// pixels repeated.
struct InpaintCrop {
  static constexpr std::string_view kType = "InpaintCrop";
  static constexpr int kVersion = 1;

  struct Inputs {
    Image image;
    Mask mask;
  };
  struct Params {
    std::int64_t width = 512;
    std::int64_t height = 512;
    std::int64_t padding = 32;
  };
  struct Outputs {
    Image image;    ///< [B, 3, height, width]
    Mask mask;      ///< [B, 1, height, width]
    Region region;  ///< of the picture that was given
  };

  static void describe(Describe<InpaintCrop>& d);
  /// Throws Error(run) when picture and mask do not fit each other or the mask is empty.
  static Outputs run(const Inputs& in, const Params& p, RunContext&);
};

}  // namespace calotype
