#pragma once
#include <ATen/core/Tensor.h>

#include "calotype/model_family.h"

namespace calotype {

/// How much noise a model saw in training at each of its 1000 timesteps. The roots of beta rise
/// linearly ("scaled_linear").
struct TrainingSchedule {
  double first_beta = 0.00085;
  double last_beta = 0.012;
  bool zero_terminal_snr = false;  ///< rescaled so that the last timestep is noise alone
  friend bool operator==(const TrainingSchedule&, const TrainingSchedule&) = default;
};

/// 0.0001 to 0.02 for the x4 upscaler, 0.00085 to 0.012 for the others.
TrainingSchedule usual_schedule(ModelFamily);

/// Cumulative products of (1 - beta): float64 [1000] in host memory. With zero_terminal_snr they
/// are rescaled as in Lin et al. 2023 (arXiv 2305.08891, algorithm 1); the last one is 2^-24
/// instead of 0, as in diffusers, so that its noise level is finite.
at::Tensor alphas_cumprod(const TrainingSchedule&);

}  // namespace calotype
