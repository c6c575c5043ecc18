#include "sampling/sigma_table.h"

#include <algorithm>
#include <cmath>

#include "calotype/error.h"
#include "calotype/types/aten.h"

namespace calotype {

SigmaTable::SigmaTable(const at::Tensor& alphas_cumprod) {
  const at::Tensor alphas = alphas_cumprod.to(at::kCPU, at::kFloat).contiguous();
  const auto refuse = [](const std::string& got) {
    throw Error(ErrorCode::run,
                "the model's training schedule must be a row of at least 2 falling numbers "
                "between 0 and 1, got " +
                    got);
  };
  if (alphas.dim() != 1 || alphas.numel() < 2) {
    refuse("a tensor of " + std::to_string(alphas.dim()) + " dimensions and " +
           std::to_string(alphas.numel()) + " elements");
  }
  const float* a = alphas.const_data_ptr<float>();
  const auto n = static_cast<std::size_t>(alphas.numel());
  sigmas_.reserve(n);
  log_sigmas_.reserve(n);
  for (std::size_t i = 0; i < n; ++i) {
    const float above = i == 0 ? 1.0F : a[i - 1];
    if (!(a[i] > 0 && a[i] < above)) {
      refuse(std::to_string(a[i]) + " at timestep " + std::to_string(i));
    }
    const float sigma = std::sqrt((1.0F - a[i]) / a[i]);
    sigmas_.push_back(sigma);
    log_sigmas_.push_back(std::log(sigma));
  }
}

double SigmaTable::sigma(double t) const {
  const double last = static_cast<double>(size() - 1);
  t = std::clamp(t, 0.0, last);
  const auto low = static_cast<std::size_t>(t);
  const std::size_t high = std::min(low + 1, size() - 1);
  const double w = t - static_cast<double>(low);
  return std::exp((1 - w) * log_sigmas_[low] + w * log_sigmas_[high]);
}

double SigmaTable::timestep(double sigma) const {
  const double log_sigma = std::log(sigma);
  const auto above = std::upper_bound(log_sigmas_.begin(), log_sigmas_.end(), log_sigma);
  const auto not_above = static_cast<std::size_t>(above - log_sigmas_.begin());
  const std::size_t low = std::min(not_above == 0 ? 0 : not_above - 1, size() - 2);
  const double w = std::clamp(
      (log_sigmas_[low] - log_sigma) / (log_sigmas_[low] - log_sigmas_[low + 1]), 0.0, 1.0);
  return static_cast<double>(low) + w;
}

}  // namespace calotype
