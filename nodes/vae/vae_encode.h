#pragma once
#include <cstdint>
#include <optional>
#include <string_view>

#include "calotype/describe.h"
#include "calotype/types/image.h"
#include "calotype/types/latent.h"
#include "calotype/types/models.h"

namespace calotype {

/// Makes a latent from pixels. The encoder's answer is a Gaussian for each value: without `seed`
/// the mean is taken, so nothing is random; with it picture i is drawn with seed + i, as the
/// reference programs do. The whole picture is encoded at once.
struct VAEEncode {
  static constexpr std::string_view kType = "VAEEncode";
  static constexpr int kVersion = 1;

  struct Inputs {
    AutoencoderHandle vae;
    Image image;
  };
  struct Params {
    std::optional<std::uint64_t> seed;
    std::int64_t tile = 0;
  };
  struct Outputs {
    Latent latent;  ///< in model space, on the model's device
  };

  static void describe(Describe<VAEEncode>& d);
  /// Throws Error(run) as encode_picture() does.
  static Outputs run(const Inputs& in, const Params& p, RunContext& context);
};

}  // namespace calotype
