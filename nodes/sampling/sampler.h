#pragma once
/// Stepping algorithms. Each is a struct in samplers/<name>.h with a row in the table of
/// sampler.cpp. State is float32 on the model's device and in k-diffusion's scale:
/// x = picture + sigma * noise.
#include <ATen/core/Tensor.h>

#include <array>
#include <cstddef>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "calotype/describe.h"

namespace calotype {

/// How dpmpp_2m_sde treats the change between two steps.
enum class SolverType { midpoint, heun };

template <>
struct EnumNames<SolverType> {
  static std::span<const std::pair<std::string_view, SolverType>> table();
};

/// What a user may set of a sampler; unset members mean the sampler's own default.
struct SamplerOptions {
  std::optional<double> eta;      ///< share of fresh noise
  std::optional<double> s_noise;  ///< factor of fresh noise
  std::optional<double> s_churn;  ///< noise added before each step, over the whole run
  std::optional<double> s_tmin;   ///< lowest sigma that is churned
  std::optional<double> s_tmax;   ///< highest sigma that is churned
  std::optional<SolverType> solver_type;
};

/// Noise that samplers add on the way: float32, the latent's shape and device, unit variance.
class StepNoise {
 public:
  StepNoise() = default;
  StepNoise(const StepNoise&) = delete;
  StepNoise& operator=(const StepNoise&) = delete;
  virtual ~StepNoise() = default;
  /// Independent of all noise before.
  virtual at::Tensor fresh() = 0;
  /// The increment of one Brownian path from `sigma` to `sigma_next`, scaled to unit variance, so
  /// that coarse and fine schedules see the same path.
  virtual at::Tensor between(double sigma, double sigma_next) = 0;
};

/// One run of a sampler.
struct Sampling {
  /// The clean latent that the model sees in `x` at noise level `sigma`.
  std::function<at::Tensor(const at::Tensor& x, double sigma)> denoise;
  std::vector<double> sigmas;  ///< falling, the last is 0 unless the run stops early; float32
  double sigma_min = 0;        ///< lowest noise level of the model's table
  SamplerOptions options;
  StepNoise* noise = nullptr;
  /// Called after every step with the number of finished steps and the state.
  std::function<void(std::size_t step, const at::Tensor& x)> on_step;

  std::size_t steps() const { return sigmas.size() - 1; }
};

struct Sampler {
  std::string_view name;
  std::span<const std::string_view> options;  ///< those that it uses
  /// Start from noise alone at unit variance of the scaled input (noise * sqrt(1 + sigma^2)), not
  /// at noise * sigma.
  bool unit_variance_start;
  at::Tensor (*run)(const Sampling&, at::Tensor x);
};

/// All samplers, in the order shown to users.
std::span<const Sampler> samplers();
std::vector<std::string> sampler_names();
/// Throws Error(run) for an unknown name.
const Sampler& find_sampler(std::string_view name);
/// Names of the samplers that use an option: `"euler" and "heun"`.
std::string users_of_option(std::string_view option);
/// Throws Error(run) naming the samplers that use it when an option is set that `sampler` ignores.
void check_options(const Sampler& sampler, const SamplerOptions& options);

}  // namespace calotype
