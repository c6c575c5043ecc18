#pragma once
#include <string>
#include <string_view>

#include "calotype/describe.h"
#include "calotype/types/image.h"
#include "calotype/types/mask.h"

namespace calotype {

/// Reads a PNG, JPEG or WebP file. Transparency becomes a mask, 1 where the picture is fully
/// transparent (ComfyUI's meaning); the colours under it are kept.
struct LoadImage {
  static constexpr std::string_view kType = "LoadImage";
  static constexpr int kVersion = 1;

  struct Inputs {};
  struct Params {
    std::string path;
  };
  struct Outputs {
    Image image;  ///< [1, 3, H, W] in host memory
    Mask mask;    ///< [1, 1, H, W]; 0 everywhere in a file without transparency
  };

  static void describe(Describe<LoadImage>& d);
  /// Throws Error(io): missing, of another kind, too large, damaged or cut off.
  static Outputs run(const Inputs&, const Params& p, RunContext&);
};

}  // namespace calotype
