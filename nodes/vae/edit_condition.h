#pragma once
#include <string_view>

#include "calotype/describe.h"
#include "calotype/types/conditioning.h"
#include "calotype/types/image.h"
#include "calotype/types/models.h"

namespace calotype {

/// Node: the picture to edit, for models of the InstructPix2Pix design: its encoding joins the
/// latent as four extra channels, without the VAE's scaling factor.
struct EditCondition {
  static constexpr std::string_view kType = "EditCondition";
  static constexpr int kVersion = 1;

  struct Inputs {
    Conditioning conditioning;
    AutoencoderHandle vae;
    Image image;
  };
  struct Params {};
  struct Outputs {
    Conditioning conditioning;
  };

  static void describe(Describe<EditCondition>& d);
  /// Throws Error(run) when the picture's sides are not multiples of the VAE's downscale.
  static Outputs run(const Inputs& in, const Params&, RunContext& context);
};

}  // namespace calotype
