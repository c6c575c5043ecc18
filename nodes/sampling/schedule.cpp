#include "sampling/schedule.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <functional>

#include "calotype/error.h"
#include "calotype/schema.h"

namespace calotype {

namespace {

/// Point i of n from `first` to `last`; one point is `first`.
double linspace(double first, double last, std::int64_t n, std::int64_t i) {
  if (n < 2) return first;
  return first + (last - first) * static_cast<double>(i) / static_cast<double>(n - 1);
}

double last_timestep(const SigmaTable& table) { return static_cast<double>(table.size() - 1); }

/// Equal distances of the timestep, from the last to the first.
std::vector<double> normal(const SigmaTable& table, std::int64_t steps) {
  std::vector<double> out;
  for (std::int64_t i = 0; i < steps; ++i) {
    out.push_back(table.sigma(linspace(last_timestep(table), 0, steps, i)));
  }
  return out;
}

/// Karras et al. 2022 (arXiv 2206.00364), equation 5, with rho 7 and the model's own ends.
std::vector<double> karras(const SigmaTable& table, std::int64_t steps) {
  constexpr double kRho = 7;
  const double first = std::pow(table.max(), 1 / kRho);
  const double last = std::pow(table.min(), 1 / kRho);
  std::vector<double> out;
  for (std::int64_t i = 0; i < steps; ++i) {
    out.push_back(std::pow(linspace(first, last, steps, i), kRho));
  }
  return out;
}

/// Equal distances of log(sigma).
std::vector<double> exponential(const SigmaTable& table, std::int64_t steps) {
  std::vector<double> out;
  for (std::int64_t i = 0; i < steps; ++i) {
    out.push_back(std::exp(linspace(std::log(table.max()), std::log(table.min()), steps, i)));
  }
  return out;
}

/// Table entries at equal distances from the end, rounded down.
std::vector<double> simple(const SigmaTable& table, std::int64_t steps) {
  const double stride = static_cast<double>(table.size()) / static_cast<double>(steps);
  std::vector<double> out;
  for (std::int64_t i = 0; i < steps; ++i) {
    const auto back = static_cast<std::size_t>(static_cast<double>(i) * stride);
    out.push_back(table[table.size() - 1 - back]);
  }
  return out;
}

/// As `normal` with one more point, of which the last is left out.
std::vector<double> sgm_uniform(const SigmaTable& table, std::int64_t steps) {
  std::vector<double> out;
  for (std::int64_t i = 0; i < steps; ++i) {
    out.push_back(table.sigma(linspace(last_timestep(table), 0, steps + 1, i)));
  }
  return out;
}

/// Every k-th table entry from timestep 1 on, k = size / steps rounded down. Where `steps` does
/// not divide the size, entries of the noisy end are left out so that exactly `steps` remain, as
/// in diffusers ("leading" spacing with offset 1); ComfyUI and A1111 run more steps then.
std::vector<double> ddim_uniform(const SigmaTable& table, std::int64_t steps) {
  const auto size = static_cast<std::int64_t>(table.size());
  const std::int64_t stride = std::max<std::int64_t>(size / steps, 1);
  std::vector<double> out;
  for (std::int64_t t = 1; t < size && std::ssize(out) < steps; t += stride) {
    out.push_back(table[static_cast<std::size_t>(t)]);
  }
  std::reverse(out.begin(), out.end());
  return out;
}

constexpr std::array<SigmaSchedule, 6> kSchedules{{{"normal", normal},
                                                   {"karras", karras},
                                                   {"exponential", exponential},
                                                   {"simple", simple},
                                                   {"sgm_uniform", sgm_uniform},
                                                   {"ddim_uniform", ddim_uniform}}};

[[noreturn]] void too_many(std::string_view schedule, std::int64_t levels) {
  throw Error(ErrorCode::run,
              "scheduler " + quote(schedule) + " cannot make " + std::to_string(levels) +
                  " different noise levels for this model",
              "use fewer steps, a larger denoise or another scheduler");
}

}  // namespace

std::span<const SigmaSchedule> sigma_schedules() { return kSchedules; }

std::vector<std::string> schedule_names() {
  std::vector<std::string> names;
  for (const SigmaSchedule& schedule : kSchedules) names.emplace_back(schedule.name);
  return names;
}

std::vector<double> make_sigmas(const SigmaTable& table, std::string_view schedule,
                                std::int64_t steps, double denoise, DenoiseMode mode) {
  const auto* found = std::find_if(kSchedules.begin(), kSchedules.end(),
                                   [&](const SigmaSchedule& s) { return s.name == schedule; });
  if (found == kSchedules.end()) {
    throw Error(ErrorCode::run, "there is no scheduler " + quote(schedule));
  }
  const StepRange range = step_range(mode, steps, denoise);
  std::vector<double> sigmas = found->space(table, range.total);
  if (std::ssize(sigmas) < range.total) too_many(schedule, range.total);
  sigmas.erase(sigmas.begin(), sigmas.end() - range.run);
  for (double& sigma : sigmas) sigma = static_cast<float>(sigma);
  sigmas.push_back(0);
  if (std::adjacent_find(sigmas.begin(), sigmas.end(), std::less_equal<>()) != sigmas.end()) {
    too_many(schedule, range.total);
  }
  return sigmas;
}

}  // namespace calotype
