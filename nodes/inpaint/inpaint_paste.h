#pragma once
#include <optional>
#include <string_view>

#include "calotype/describe.h"
#include "calotype/types/image.h"
#include "calotype/types/mask.h"
#include "calotype/types/region.h"

namespace calotype {

/// Lays a repainted picture over the original with the mask as its opacity. Where the mask is 0
/// the original's values are kept bit for bit: the VAE's small changes to the rest of the picture
/// do not show.
struct InpaintPaste {
  static constexpr std::string_view kType = "InpaintPaste";
  static constexpr int kVersion = 1;

  struct Inputs {
    Image original;
    Image image;
    Mask mask;
    std::optional<Region> region;
  };
  struct Params {};
  struct Outputs {
    Image image;  ///< float32, in host memory
  };

  static void describe(Describe<InpaintPaste>& d);
  /// Throws Error(run) when the mask does not fit the original, when the region is not inside it,
  /// or when `image` has another size than the original and there is no region.
  static Outputs run(const Inputs& in, const Params&, RunContext&);
};

}  // namespace calotype
