#include "sampling/samplers/dpmpp_2m_sde.h"

#include <cmath>

#include "calotype/types/aten.h"

namespace calotype {

at::Tensor Dpmpp2MSDE::run(const Sampling& sampling, at::Tensor x) {
  const double eta = sampling.options.eta.value_or(1);
  const double s_noise = sampling.options.s_noise.value_or(1);
  const SolverType solver = sampling.options.solver_type.value_or(SolverType::midpoint);
  at::Tensor previous;
  double previous_h = 0;
  for (std::size_t i = 0; i < sampling.steps(); ++i) {
    const double sigma = sampling.sigmas[i];
    const double next = sampling.sigmas[i + 1];
    const at::Tensor denoised = sampling.denoise(x, sigma);
    if (next == 0) {
      x = denoised;
    } else {
      const double h = std::log(sigma / next);
      const double reach = h * (1 + eta);
      const double weight = -std::expm1(-reach);
      x = (x * (next / sigma * std::exp(-eta * h))).add(denoised, weight);
      if (previous.defined()) {
        const double correction = solver == SolverType::heun ? 1 - weight / reach : 0.5 * weight;
        x = x.add(denoised - previous, correction * h / previous_h);
      }
      if (eta > 0) {
        const double amount = next * std::sqrt(-std::expm1(-2 * eta * h)) * s_noise;
        x = x.add(sampling.noise->between(sigma, next), amount);
      }
      previous_h = h;
    }
    previous = denoised;
    sampling.on_step(i + 1, x);
  }
  return x;
}

}  // namespace calotype
