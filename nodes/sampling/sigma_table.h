#pragma once
#include <ATen/core/Tensor.h>

#include <cstddef>
#include <vector>

namespace calotype {

/// Noise levels of a model's training schedule: sigma = sqrt((1 - a) / a) for the cumulative
/// alphas a, rising with the timestep. Between the entries log(sigma) is interpolated linearly, as
/// k-diffusion's DiscreteSchedule does. Immutable, thread-safe.
class SigmaTable {
 public:
  /// `alphas_cumprod`: float64 [N] in host memory, N >= 2, falling, inside (0, 1). It is rounded to
  /// float32 before use because the reference implementations keep it so. Throws Error(run) for
  /// any other table.
  explicit SigmaTable(const at::Tensor& alphas_cumprod);

  std::size_t size() const { return sigmas_.size(); }
  /// Entry of an integer timestep.
  double operator[](std::size_t timestep) const { return sigmas_[timestep]; }
  double min() const { return sigmas_.front(); }
  double max() const { return sigmas_.back(); }

  /// `t`: 0..N-1, fractional allowed; clamped.
  double sigma(double t) const;
  /// The inverse of `sigma`: 0..N-1, fractional; clamped at the ends of the table.
  double timestep(double sigma) const;

 private:
  std::vector<double> sigmas_;      ///< float32 values
  std::vector<double> log_sigmas_;  ///< float32 values
};

}  // namespace calotype
