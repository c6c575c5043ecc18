#pragma once
#include <span>
#include <string_view>
#include <utility>

#include "calotype/describe.h"
#include "calotype/types/models.h"

namespace calotype {

/// Which edges of a picture shall fit each other.
enum class SeamlessAxis { both, x, y };

template <>
struct EnumNames<SeamlessAxis> {
  static std::span<const std::pair<std::string_view, SeamlessAxis>> table();
};

/// Node: the model with convolutions that continue at the opposite edge, for pictures that can be
/// laid side by side. The VAE needs the same: see SeamlessVAE.
struct SeamlessModel {
  static constexpr std::string_view kType = "SeamlessModel";
  static constexpr int kVersion = 1;
  struct Inputs {
    DenoiserHandle model;
  };
  struct Params {
    SeamlessAxis axis = SeamlessAxis::both;
  };
  struct Outputs {
    DenoiserHandle model;
  };
  static void describe(Describe<SeamlessModel>& d);
  static Outputs run(const Inputs& in, const Params& p, RunContext&);
};

/// Node: the same for a VAE.
struct SeamlessVAE {
  static constexpr std::string_view kType = "SeamlessVAE";
  static constexpr int kVersion = 1;
  struct Inputs {
    AutoencoderHandle vae;
  };
  struct Params {
    SeamlessAxis axis = SeamlessAxis::both;
  };
  struct Outputs {
    AutoencoderHandle vae;
  };
  static void describe(Describe<SeamlessVAE>& d);
  static Outputs run(const Inputs& in, const Params& p, RunContext&);
};

}  // namespace calotype
