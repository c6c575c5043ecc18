#pragma once
#include <ATen/core/Tensor.h>

#include <cstddef>

#include "sampling/sampler.h"

namespace calotype {

/// The state and noise level that a step starts from.
struct Churned {
  at::Tensor x;
  double sigma;
};

/// Adds the noise of Karras et al. 2022, algorithm 2, lines 4-6, before step `step`: s_churn spread
/// over all steps, at most sqrt(2) - 1 of sigma, for sigmas in s_tmin..s_tmax. Draws noise at every
/// step when s_churn is above 0, as k-diffusion does, whether that step is churned or not.
Churned churn(const Sampling& sampling, std::size_t step, at::Tensor x);

}  // namespace calotype
