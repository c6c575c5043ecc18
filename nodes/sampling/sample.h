#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "calotype/describe.h"
#include "calotype/types/conditioning.h"
#include "calotype/types/latent.h"
#include "calotype/types/mask.h"
#include "calotype/types/models.h"
#include "calotype/types/noise.h"
#include "sampling/sampler.h"

namespace calotype {

/// Turns noise into a latent picture, step by step. Starts from `noise` alone, or from `latent`
/// with noise on top. `denoise` below 1 keeps more of `latent`: the schedule is stretched to
/// int(steps / denoise) steps and the last `steps` of them are run (ComfyUI's meaning; diffusers
/// runs fewer steps instead). 0 returns `latent` as it is. With `mask`, the part of the picture
/// where it is 0 is put back after every evaluation of the model.
struct Sample {
  static constexpr std::string_view kType = "Sample";
  static constexpr int kVersion = 1;

  struct Inputs {
    DenoiserHandle model;
    Conditioning positive;
    std::optional<Conditioning> negative;
    Noise noise;
    std::optional<Latent> latent;
    std::optional<Mask> mask;
  };
  struct Params {
    std::string sampler = "euler";
    std::string scheduler = "normal";
    std::int64_t steps = 20;
    double cfg_scale = 7;
    double denoise = 1;
    std::optional<double> eta;
    std::optional<double> s_noise;
    std::optional<double> s_churn;
    std::optional<double> s_tmin;
    std::optional<double> s_tmax;
    std::optional<SolverType> solver_type;
    std::int64_t tile = 0;
  };
  struct Outputs {
    Latent latent;  ///< float32 [B, C, h, w] on the model's device
  };

  static void describe(Describe<Sample>& d);
  /// Throws Error(run): shapes that do not fit, an option that the sampler does not use, a schedule
  /// without so many levels, a result that is not finite. Throws Error(cancelled).
  static Outputs run(const Inputs& in, const Params& p, RunContext& context);
};

}  // namespace calotype
