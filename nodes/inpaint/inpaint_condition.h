#pragma once
#include <cstdint>
#include <optional>
#include <string_view>

#include "calotype/describe.h"
#include "calotype/types/conditioning.h"
#include "calotype/types/image.h"
#include "calotype/types/mask.h"
#include "calotype/types/models.h"

namespace calotype {

/// Tells an inpainting model (9 input channels) what is to be painted and what is around it: the
/// mask, then the latent of the picture with its masked part grey (0.5, the middle of what the VAE
/// takes), scaled as every latent. These models know hard masks only: 0.5 and above is painted.
/// The mask is brought to the latent's size by its upper left pixel of each block, as the reference
/// programs do. `mask_weight` below 1 lets the masked part
/// shine through the grey: masked = lerp(picture, grey, mask_weight), AUTOMATIC1111's "inpainting
/// conditioning mask strength". Without `seed` the mean of the latent is taken; with it, a draw as
/// in VAEEncode.
struct InpaintCondition {
  static constexpr std::string_view kType = "InpaintCondition";
  static constexpr int kVersion = 1;

  struct Inputs {
    Conditioning conditioning;
    AutoencoderHandle vae;
    Image image;
    Mask mask;
  };
  struct Params {
    std::optional<std::uint64_t> seed;
    double mask_weight = 1.0;
  };
  struct Outputs {
    Conditioning conditioning;
  };

  static void describe(Describe<InpaintCondition>& d);
  /// Throws Error(run) when picture and mask do not fit each other, or as encode_picture() does.
  static Outputs run(const Inputs& in, const Params& p, RunContext& context);
};

}  // namespace calotype
