#include "sampling/samplers/dpmpp_2m.h"

#include <cmath>

#include "calotype/types/aten.h"

namespace calotype {

at::Tensor Dpmpp2M::run(const Sampling& sampling, at::Tensor x) {
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
      at::Tensor target = denoised;
      if (previous.defined()) {
        target = denoised.add(denoised - previous, h / (2 * previous_h));
      }
      x = (x * (next / sigma)).add(target, -std::expm1(-h));
      previous_h = h;
    }
    previous = denoised;
    sampling.on_step(i + 1, x);
  }
  return x;
}

}  // namespace calotype
