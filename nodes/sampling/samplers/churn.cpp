#include "sampling/samplers/churn.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numbers>
#include <utility>

#include "calotype/types/aten.h"

namespace calotype {

Churned churn(const Sampling& sampling, std::size_t step, at::Tensor x) {
  const SamplerOptions& options = sampling.options;
  const double sigma = sampling.sigmas[step];
  const double s_churn = options.s_churn.value_or(0);
  if (s_churn <= 0) return {std::move(x), sigma};
  const at::Tensor noise = sampling.noise->fresh();
  const bool inside = sigma >= options.s_tmin.value_or(0) &&
                      sigma <= options.s_tmax.value_or(std::numeric_limits<double>::infinity());
  if (!inside) return {std::move(x), sigma};
  const double gamma =
      std::min(s_churn / static_cast<double>(sampling.steps()), std::numbers::sqrt2 - 1);
  const double raised = sigma * (1 + gamma);
  const double amount = options.s_noise.value_or(1) * std::sqrt(raised * raised - sigma * sigma);
  return {x.add(noise, amount), raised};
}

}  // namespace calotype
