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
#include "sampling/denoise_mode.h"
#include "sampling/sampler.h"

namespace calotype {

/// Turns noise into a latent picture, step by step. Starts from `noise` alone, or from `latent`
/// with noise on top. `denoise` below 1 keeps more of `latent`: only the last steps of a schedule
/// are run, and `denoise_mode` says of which; see denoise_mode.h. 0 returns `latent` as it is.
/// With `mask`, the part of the picture where it is 0 is put back after every evaluation of the
/// model, without noise, because what the model returns has none (as AUTOMATIC1111 does).
/// `start_step` and `end_step` share a run between two models: the first stops before `end_step`
/// and gives the noisy latent as it is then, the second, with the same steps and scheduler,
/// continues it from `start_step`.
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
    std::int64_t start_step = 0;
    std::optional<std::int64_t> end_step;
    double cfg_scale = 7;
    std::optional<double> image_cfg_scale;
    double denoise = 1;
    DenoiseMode denoise_mode = DenoiseMode::stretch;
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
