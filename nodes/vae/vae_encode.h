#pragma once
#include <cstdint>
#include <string_view>

#include "calotype/describe.h"
#include "calotype/types/image.h"
#include "calotype/types/latent.h"
#include "calotype/types/models.h"

namespace calotype {

/// Makes a latent from pixels: the mean of the model's distribution, so nothing is random. The
/// whole picture is encoded at once.
struct VAEEncode {
  static constexpr std::string_view kType = "VAEEncode";
  static constexpr int kVersion = 1;

  struct Inputs {
    AutoencoderHandle vae;
    Image image;
  };
  struct Params {
    std::int64_t tile = 0;
  };
  struct Outputs {
    Latent latent;  ///< in model space, on the model's device
  };

  static void describe(Describe<VAEEncode>& d);
  /// Throws Error(run) when the picture is not [B, 3, H, W] with H and W multiples of the model's
  /// downscale factor, or when the latent is not finite.
  static Outputs run(const Inputs& in, const Params&, RunContext& context);
};

}  // namespace calotype
