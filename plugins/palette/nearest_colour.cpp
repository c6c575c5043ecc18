#include "nearest_colour.h"

#include <ATen/Parallel.h>
#include <calotype/types/aten.h>

namespace example {

NearestColour::NearestColour(const at::Tensor& places) {
  const at::Tensor rows = places.contiguous();
  const auto* data = rows.const_data_ptr<double>();
  for (std::size_t axis = 0; axis < 3; ++axis) {
    for (std::int64_t i = 0; i < rows.size(0); ++i) {
      axes_[axis].push_back(data[3 * i + static_cast<std::int64_t>(axis)]);
    }
  }
}

Point NearestColour::place(std::int32_t index) const {
  const auto i = static_cast<std::size_t>(index);
  return {axes_[0][i], axes_[1][i], axes_[2][i]};
}

std::int32_t NearestColour::find(const Point& point) const {
  std::array<double, kMaxColours> distances;
  const std::size_t count = axes_[0].size();
  for (std::size_t i = 0; i < count; ++i) {
    const double x = axes_[0][i] - point[0];
    const double y = axes_[1][i] - point[1];
    const double z = axes_[2][i] - point[2];
    distances[i] = x * x + y * y + z * z;
  }
  std::size_t best = 0;
  for (std::size_t i = 1; i < count; ++i) {
    if (distances[i] < distances[best]) best = i;
  }
  return static_cast<std::int32_t>(best);
}

at::Tensor NearestColour::find_all(const at::Tensor& points) const {
  constexpr std::int64_t kGrain = 4096;
  at::Tensor result = at::empty({points.size(0)}, at::kLong);
  const auto* from = points.const_data_ptr<double>();
  auto* to = result.mutable_data_ptr<std::int64_t>();
  at::parallel_for(0, points.size(0), kGrain, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t i = begin; i < end; ++i) {
      to[i] = find({from[3 * i], from[3 * i + 1], from[3 * i + 2]});
    }
  });
  return result;
}

}  // namespace example
