#include "sampling/samplers/lms.h"

#include <algorithm>
#include <deque>
#include <vector>

#include "calotype/types/aten.h"

namespace calotype {

namespace {

constexpr std::size_t kOrder = 4;

/// Integral from sigmas[i] to sigmas[i + 1] of the Lagrange polynomial that is 1 at sigmas[i - j]
/// and 0 at the other of the last `order` levels. Counted from sigmas[i] in units of the step, so
/// that the powers stay near 1.
double coefficient(const std::vector<double>& sigmas, std::size_t i, std::size_t order,
                   std::size_t j) {
  const double step = sigmas[i + 1] - sigmas[i];
  const auto at = [&](std::size_t k) { return (sigmas[i - k] - sigmas[i]) / step; };
  std::vector<double> polynomial{1};
  for (std::size_t k = 0; k < order; ++k) {
    if (k == j) continue;
    const double scale = 1 / (at(j) - at(k));
    std::vector<double> product(polynomial.size() + 1, 0);
    for (std::size_t power = 0; power < polynomial.size(); ++power) {
      product[power] -= polynomial[power] * at(k) * scale;
      product[power + 1] += polynomial[power] * scale;
    }
    polynomial = std::move(product);
  }
  double integral = 0;
  for (std::size_t power = 0; power < polynomial.size(); ++power) {
    integral += polynomial[power] / static_cast<double>(power + 1);
  }
  return integral * step;
}

}  // namespace

at::Tensor LMS::run(const Sampling& sampling, at::Tensor x) {
  std::deque<at::Tensor> slopes;  // the newest first
  for (std::size_t i = 0; i < sampling.steps(); ++i) {
    const double sigma = sampling.sigmas[i];
    slopes.push_front((x - sampling.denoise(x, sigma)) / sigma);
    if (slopes.size() > kOrder) slopes.pop_back();
    for (std::size_t j = 0; j < slopes.size(); ++j) {
      x = x.add(slopes[j], coefficient(sampling.sigmas, i, slopes.size(), j));
    }
    sampling.on_step(i + 1, x);
  }
  return x;
}

}  // namespace calotype
