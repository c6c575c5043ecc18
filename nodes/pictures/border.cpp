#include "pictures/border.h"

#include <algorithm>

#include "calotype/types/aten.h"

namespace calotype {

at::Tensor edge_repeated(std::int64_t begin, std::int64_t end, std::int64_t size) {
  return at::arange(begin, end, at::kLong).clamp(0, size - 1);
}

at::Tensor mirrored(std::int64_t begin, std::int64_t end, std::int64_t size) {
  const std::int64_t period = std::max<std::int64_t>(2 * (size - 1), 1);
  const at::Tensor place = at::arange(begin, end, at::kLong).remainder(period);
  return at::minimum(place, period - place).clamp(0, size - 1);
}

}  // namespace calotype
