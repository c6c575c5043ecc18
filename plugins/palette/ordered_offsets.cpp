#include <calotype/types/aten.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "dither.h"

namespace example {

namespace {

/// Bayer's matrix with thresholds centred on 0: float64 [8, 8], -63/128 to 63/128.
at::Tensor bayer() {
  at::Tensor matrix = at::zeros({1, 1}, at::kDouble);
  for (int doubling = 0; doubling < 3; ++doubling) {
    const at::Tensor m = matrix * 4;
    matrix = at::cat({at::cat({m, m + 2}, 1), at::cat({m + 3, m + 1}, 1)}, 0);
  }
  return (matrix + 0.5) / 64 - 0.5;
}

/// Mean over all colours of the distance to the nearest other one; 0 when there is only one.
double mean_gap(const at::Tensor& colours) {
  const auto place = colours.accessor<double, 2>();
  double sum = 0;
  for (std::int64_t i = 0; i < colours.size(0); ++i) {
    double nearest = std::numeric_limits<double>::infinity();
    for (std::int64_t j = 0; j < colours.size(0); ++j) {
      const double x = place[i][0] - place[j][0];
      const double y = place[i][1] - place[j][1];
      const double z = place[i][2] - place[j][2];
      const double squares = x * x + y * y + z * z;
      if (squares > 0) nearest = std::min(nearest, squares);
    }
    if (std::isinf(nearest)) return 0;  // all colours are the same
    sum += std::sqrt(nearest);
  }
  return sum / static_cast<double>(colours.size(0));
}

}  // namespace

at::Tensor ordered_offsets(std::int64_t height, std::int64_t width, const at::Tensor& colours,
                           ColourSpace space, double strength) {
  const at::Tensor tiled =
      bayer().repeat({(height + 7) / 8, (width + 7) / 8}).slice(0, 0, height).slice(1, 0, width);
  const at::Tensor direction = at::tensor(grey_direction(space), at::kDouble);
  return tiled.unsqueeze(2) * (direction * (strength * mean_gap(colours)));
}

}  // namespace example
