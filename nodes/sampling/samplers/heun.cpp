#include "sampling/samplers/heun.h"

#include "calotype/types/aten.h"
#include "sampling/samplers/churn.h"

namespace calotype {

at::Tensor Heun::run(const Sampling& sampling, at::Tensor x) {
  for (std::size_t i = 0; i < sampling.steps(); ++i) {
    const Churned from = churn(sampling, i, x);
    const double next = sampling.sigmas[i + 1];
    const at::Tensor slope = (from.x - sampling.denoise(from.x, from.sigma)) / from.sigma;
    x = from.x.add(slope, next - from.sigma);
    if (next > 0) {
      const at::Tensor end_slope = (x - sampling.denoise(x, next)) / next;
      x = from.x.add(slope + end_slope, 0.5 * (next - from.sigma));
    }
    sampling.on_step(i + 1, x);
  }
  return x;
}

}  // namespace calotype
