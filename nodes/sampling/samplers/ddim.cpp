#include "sampling/samplers/ddim.h"

#include <algorithm>
#include <cmath>

#include "calotype/types/aten.h"

namespace calotype {

namespace {

constexpr double kSameLevel = 1e-4;  // relative

double alpha_of(double sigma) { return 1 / (1 + sigma * sigma); }

/// Cumulative alpha that the step to sigma 0 goes to.
double last_alpha(const Sampling& sampling) {
  const double from = sampling.sigmas[sampling.steps() - 1];
  const bool already_there = from <= sampling.sigma_min * (1 + kSameLevel);
  return already_there ? 1 : alpha_of(sampling.sigma_min);
}

}  // namespace

at::Tensor DDIM::run(const Sampling& sampling, at::Tensor x) {
  const double eta = sampling.options.eta.value_or(0);
  x = x * std::sqrt(alpha_of(sampling.sigmas.front()));
  for (std::size_t i = 0; i < sampling.steps(); ++i) {
    const double sigma = sampling.sigmas[i];
    const double next = sampling.sigmas[i + 1];
    const double alpha = alpha_of(sigma);
    const double next_alpha = next > 0 ? alpha_of(next) : last_alpha(sampling);
    const at::Tensor scaled = x / std::sqrt(alpha);
    const at::Tensor denoised = sampling.denoise(scaled, sigma);
    const at::Tensor epsilon = (scaled - denoised) / sigma;

    const double variance = (1 - next_alpha) / (1 - alpha) * (1 - alpha / next_alpha);
    const double deviation = eta * std::sqrt(std::max(variance, 0.0));
    const double direction = std::sqrt(std::max(1 - next_alpha - deviation * deviation, 0.0));
    x = (denoised * std::sqrt(next_alpha)).add(epsilon, direction);
    if (deviation > 0) x = x.add(sampling.noise->fresh(), deviation);
    sampling.on_step(i + 1, x);
  }
  // A run that stops early is continued in the scale that all samplers share.
  const double end = sampling.sigmas.back();
  return end > 0 ? x / std::sqrt(alpha_of(end)) : x;
}

}  // namespace calotype
