#include "layers/timestep_embedding.h"

#include <cmath>

#include "calotype/types/aten.h"

namespace calotype {

// The order of the float32 roundings is that of the networks' training code.
at::Tensor timestep_embedding(const at::Tensor& timesteps, std::int64_t width) {
  const std::int64_t half = width / 2;
  const auto index =
      at::arange(half, at::TensorOptions().dtype(at::kFloat).device(timesteps.device()));
  const auto frequency = at::exp(index.mul(-std::log(10000.0)).div(half));
  const auto angle = timesteps.to(at::kFloat).unsqueeze(1) * frequency.unsqueeze(0);
  return at::cat({angle.cos(), angle.sin()}, 1);
}

}  // namespace calotype
