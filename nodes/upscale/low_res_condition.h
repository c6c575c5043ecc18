#pragma once
#include <cstdint>
#include <string_view>

#include "calotype/describe.h"
#include "calotype/types/conditioning.h"
#include "calotype/types/image.h"
#include "calotype/types/latent.h"

namespace calotype {

/// Tells the x4 upscaler by diffusion which small picture to enlarge. The picture, in -1..1, is
/// covered with noise as step `noise_level` of the image-space schedule has it (DDPM, equation 4:
/// sqrt(a) x + sqrt(1 - a) noise), which hides the faults of its pixels from the model. The noise
/// of picture i equals torch.randn([1, 3, h, w]) with a CPU generator seeded with seed + i.
struct LowResCondition {
  static constexpr std::string_view kType = "LowResCondition";
  static constexpr int kVersion = 1;

  struct Inputs {
    Conditioning conditioning;
    Image image;
  };
  struct Params {
    std::int64_t noise_level = 20;
    std::uint64_t seed = 0;
  };
  struct Outputs {
    Conditioning conditioning;  ///< with `channels` [B, 3, h, w] in host memory and `noise_level`
    Latent latent;              ///< zeros [B, 4, h, w]: a latent pixel for each pixel of the image
  };

  static void describe(Describe<LowResCondition>& d);
  /// Throws Error(run): the image is not [B, 3, H, W], the conditioning has extra channels already.
  static Outputs run(const Inputs& in, const Params& p, RunContext&);
};

}  // namespace calotype
