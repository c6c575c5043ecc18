#include "sampling/samplers/euler.h"

#include "calotype/types/aten.h"
#include "sampling/samplers/churn.h"

namespace calotype {

at::Tensor Euler::run(const Sampling& sampling, at::Tensor x) {
  for (std::size_t i = 0; i < sampling.steps(); ++i) {
    const Churned from = churn(sampling, i, x);
    const at::Tensor slope = (from.x - sampling.denoise(from.x, from.sigma)) / from.sigma;
    x = from.x.add(slope, sampling.sigmas[i + 1] - from.sigma);
    sampling.on_step(i + 1, x);
  }
  return x;
}

}  // namespace calotype
