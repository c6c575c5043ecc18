#pragma once
#include <cstdint>
#include <optional>
#include <string_view>

#include "calotype/describe.h"
#include "calotype/types/image.h"
#include "calotype/types/mask.h"
#include "pictures/fit.h"

namespace calotype {

/// Gives pictures, and a mask drawn on them, another size. Both are treated alike, so they still
/// fit each other.
struct ResizeImage {
  static constexpr std::string_view kType = "ResizeImage";
  static constexpr int kVersion = 1;

  struct Inputs {
    Image image;
    std::optional<Mask> mask;
  };
  struct Params {
    std::int64_t width = 512;
    std::int64_t height = 512;
    FitMode mode = FitMode::crop;
    ResampleMethod method = ResampleMethod::lanczos;
  };
  struct Outputs {
    Image image;
    Mask mask;  ///< 0 everywhere when there was none
  };

  static void describe(Describe<ResizeImage>& d);
  /// Throws Error(run) when the image is not [B, 3, H, W] or the mask not [B, 1, H, W]. The mask
  /// may have another size than the picture.
  static Outputs run(const Inputs& in, const Params& p, RunContext&);
};

}  // namespace calotype
