#include <calotype/types/aten.h>

#include <algorithm>
#include <utility>
#include <vector>

#include "dither.h"

namespace example {

at::Tensor diffuse(const at::Tensor& points, const NearestColour& colours, const Bounds& bounds,
                   const Diffusion& diffusion, const calotype::RunContext& context) {
  const std::int64_t height = points.size(0), width = points.size(1);
  at::Tensor result = at::empty({height * width}, at::kLong);
  const auto pixel = points.accessor<double, 3>();
  auto* index = result.mutable_data_ptr<std::int64_t>();
  // One cell more at each end takes what falls off the picture.
  std::vector<Point> here(static_cast<std::size_t>(width) + 2), below(here.size());
  for (std::int64_t y = 0; y < height; ++y) {
    context.check_cancelled();
    const bool backwards = diffusion.serpentine && y % 2 == 1;
    const std::ptrdiff_t step = backwards ? -1 : 1;
    for (std::int64_t i = 0; i < width; ++i) {
      const std::int64_t x = backwards ? width - 1 - i : i;
      const auto cell = static_cast<std::ptrdiff_t>(x) + 1;
      Point wanted;
      for (std::size_t axis = 0; axis < 3; ++axis) {
        const double sum = pixel[y][x][static_cast<std::int64_t>(axis)] +
                           here[static_cast<std::size_t>(cell)][axis];
        wanted[axis] = std::clamp(sum, bounds.low[axis], bounds.high[axis]);
      }
      const std::int32_t found = colours.find(wanted);
      const Point painted = colours.place(found);
      index[y * width + x] = found;
      for (std::size_t axis = 0; axis < 3; ++axis) {
        const double error = (wanted[axis] - painted[axis]) * diffusion.strength;
        here[static_cast<std::size_t>(cell + step)][axis] += error * 7 / 16;
        below[static_cast<std::size_t>(cell - step)][axis] += error * 3 / 16;
        below[static_cast<std::size_t>(cell)][axis] += error * 5 / 16;
        below[static_cast<std::size_t>(cell + step)][axis] += error * 1 / 16;
      }
    }
    std::swap(here, below);
    std::fill(below.begin(), below.end(), Point{});
  }
  return result;
}

}  // namespace example
