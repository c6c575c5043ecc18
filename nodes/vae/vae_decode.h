#pragma once
#include <cstdint>
#include <string_view>

#include "calotype/describe.h"
#include "calotype/types/image.h"
#include "calotype/types/latent.h"
#include "calotype/types/models.h"

namespace calotype {

/// Makes pixels from a latent. Whole, or in tiles.
struct VAEDecode {
  static constexpr std::string_view kType = "VAEDecode";
  static constexpr int kVersion = 1;

  struct Inputs {
    AutoencoderHandle vae;
    Latent latent;
  };
  struct Params {
    std::int64_t tile = 0;
  };
  struct Outputs {
    Image image;  ///< eight times as wide and high as the latent, on the model's device
  };

  static void describe(Describe<VAEDecode>& d);
  /// Throws Error(run) when the latent is not [B, C, h, w] with the model's channels, or when the
  /// picture is not finite.
  static Outputs run(const Inputs& in, const Params&, RunContext& context);
};

}  // namespace calotype
