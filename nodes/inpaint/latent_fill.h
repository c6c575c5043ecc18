#pragma once
#include <optional>
#include <span>
#include <string_view>
#include <utility>

#include "calotype/describe.h"
#include "calotype/types/latent.h"
#include "calotype/types/mask.h"
#include "calotype/types/noise.h"

namespace calotype {

enum class LatentContent { original, noise, nothing };

template <>
struct EnumNames<LatentContent> {
  static std::span<const std::pair<std::string_view, LatentContent>> table();
};

/// What the masked part of a latent holds before sampling: AUTOMATIC1111's masked content "latent
/// noise" (unit noise) and "latent nothing" (0). Where the mask is soft both parts are mixed.
struct LatentFill {
  static constexpr std::string_view kType = "LatentFill";
  static constexpr int kVersion = 1;

  struct Inputs {
    Latent latent;
    Mask mask;
    std::optional<Noise> noise;
  };
  struct Params {
    LatentContent mode = LatentContent::noise;
  };
  struct Outputs {
    Latent latent;
  };

  static void describe(Describe<LatentFill>& d);
  /// Throws Error(run) when latent, mask and noise do not fit each other, or without the noise that
  /// the mode needs.
  static Outputs run(const Inputs& in, const Params& p, RunContext&);
};

}  // namespace calotype
