#include "unet/training_schedule.h"

#include <cmath>

#include "calotype/types/aten.h"

namespace calotype {

TrainingSchedule usual_schedule(ModelFamily family) {
  if (family == ModelFamily::x4_upscaler) return {.first_beta = 0.0001, .last_beta = 0.02};
  return {};
}

at::Tensor alphas_cumprod(const TrainingSchedule& schedule) {
  const auto roots = at::linspace(std::sqrt(schedule.first_beta), std::sqrt(schedule.last_beta),
                                  1000, at::kDouble);
  const at::Tensor alphas = (1.0 - roots.square()).cumprod(0);
  if (!schedule.zero_terminal_snr) return alphas;
  const at::Tensor signal = alphas.sqrt();
  const at::Tensor first = signal[0];
  const at::Tensor last = signal[-1];
  at::Tensor rescaled = ((signal - last) * (first / (first - last))).square();
  rescaled[-1] = std::exp2(-24.0);
  return rescaled;
}

}  // namespace calotype
