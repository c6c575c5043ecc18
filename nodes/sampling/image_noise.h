#pragma once
#include <c10/core/Device.h>

#include <optional>
#include <vector>

#include "calotype/types/noise.h"
#include "sampling/brownian_tree.h"
#include "sampling/noise_stream.h"
#include "sampling/sampler.h"

namespace calotype {

/// Step noise of a batch in which image i depends on its own seed alone. `fresh` continues the
/// generators behind the start noise; `between` walks one Brownian tree per image over
/// [sigma_min, sigma_max]. Drawn in host memory, so every device gets the same numbers.
class ImageNoise final : public StepNoise {
 public:
  /// `noise` must outlive this object. Draws nothing until asked.
  ImageNoise(const Noise& noise, double sigma_min, double sigma_max, c10::Device device);

  at::Tensor fresh() override;
  at::Tensor between(double sigma, double sigma_next) override;

 private:
  const Noise& noise_;
  double sigma_min_;
  double sigma_max_;
  c10::Device device_;
  std::optional<NoiseStream> stream_;
  std::vector<BrownianTree> trees_;
};

}  // namespace calotype
