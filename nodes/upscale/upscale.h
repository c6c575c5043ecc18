#pragma once
#include <cstdint>
#include <optional>
#include <string_view>

#include "calotype/describe.h"
#include "calotype/types/image.h"
#include "calotype/types/upscaler.h"
#include "pictures/resample.h"

namespace calotype {

/// Gives pictures another size. Without an upscaler by a filter alone; with one, the network is
/// applied until the size is reached (three times at most) and the filter makes the exact size.
struct Upscale {
  static constexpr std::string_view kType = "Upscale";
  static constexpr int kVersion = 1;

  struct Inputs {
    Image image;
    std::optional<UpscalerHandle> upscaler;
  };
  struct Params {
    std::optional<double> scale;
    std::optional<std::int64_t> width;
    std::optional<std::int64_t> height;
    ResampleMethod method = ResampleMethod::lanczos;
  };
  struct Outputs {
    Image image;  ///< on the image's device, or the upscaler's
  };

  static void describe(Describe<Upscale>& d);
  /// Throws Error(run): the image is not [B, 3, H, W], scale is given beside a size, the picture
  /// would have more than 2^28 pixels or take more memory than there is, the network's result is
  /// not finite. Throws Error(cancelled).
  static Outputs run(const Inputs& in, const Params& p, RunContext& context);
};

}  // namespace calotype
