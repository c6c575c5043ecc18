#include "image_encoder/noised_embedding.h"

#include <algorithm>
#include <cmath>
#include <numbers>

#include "calotype/types/aten.h"
#include "layers/timestep_embedding.h"

namespace calotype {

namespace {

/// Share of the signal that is meant to be left after the part `t` of the schedule, 0..1.
double signal(double t) {
  const double c = std::cos((t + 0.008) / 1.008 * std::numbers::pi / 2);
  return c * c;
}

/// Cumulative product of (1 - beta) at a level.
double alphas_cumprod(std::int64_t level) {
  constexpr double kSteps = kEmbeddingNoiseLevels;
  constexpr double kLargestBeta = 0.999;
  double product = 1;
  for (std::int64_t i = 0; i <= level; ++i) {
    const double t = static_cast<double>(i);
    product *= 1 - std::min(1 - signal((t + 1) / kSteps) / signal(t / kSteps), kLargestBeta);
  }
  return product;
}

}  // namespace

at::Tensor noised_embedding(const at::Tensor& embedding, const EmbeddingStatistics& statistics,
                            std::int64_t level, const at::Tensor& noise) {
  const double kept = alphas_cumprod(level);
  const at::Tensor standard = (embedding - statistics.mean) / statistics.deviation;
  const at::Tensor noised = standard * std::sqrt(kept) + noise * std::sqrt(1 - kept);
  const at::Tensor levels = at::full({embedding.size(0)}, level, at::kFloat);
  return at::cat({noised * statistics.deviation + statistics.mean,
                  timestep_embedding(levels, embedding.size(1))},
                 1);
}

}  // namespace calotype
