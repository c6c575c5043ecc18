#include "sampling/samplers/euler_ancestral.h"

#include <algorithm>
#include <cmath>

#include "calotype/types/aten.h"

namespace calotype {

at::Tensor EulerAncestral::run(const Sampling& sampling, at::Tensor x) {
  const double eta = sampling.options.eta.value_or(1);
  const double s_noise = sampling.options.s_noise.value_or(1);
  for (std::size_t i = 0; i < sampling.steps(); ++i) {
    const double sigma = sampling.sigmas[i];
    const double next = sampling.sigmas[i + 1];
    const double up = std::min(
        next, eta * std::sqrt(next * next * (sigma * sigma - next * next) / (sigma * sigma)));
    const double down = std::sqrt(next * next - up * up);
    const at::Tensor slope = (x - sampling.denoise(x, sigma)) / sigma;
    x = x.add(slope, down - sigma);
    if (up > 0) x = x.add(sampling.noise->fresh(), s_noise * up);
    sampling.on_step(i + 1, x);
  }
  return x;
}

}  // namespace calotype
