#include "pictures/border.h"

#include <algorithm>

#include "calotype/types/aten.h"

namespace calotype {

namespace {

at::Tensor places(const at::Tensor& x, std::int64_t begin, std::int64_t end) {
  return at::arange(begin, end, x.options().dtype(at::kLong));
}

}  // namespace

at::Tensor edge_repeated(const at::Tensor& x, std::int64_t side, std::int64_t begin,
                         std::int64_t end) {
  return x.index_select(side, places(x, begin, end).clamp_(0, x.size(side) - 1));
}

at::Tensor mirrored(const at::Tensor& x, std::int64_t side, std::int64_t begin, std::int64_t end) {
  const std::int64_t last = x.size(side) - 1;
  const std::int64_t period = std::max<std::int64_t>(2 * last, 1);
  const at::Tensor place = places(x, begin, end).remainder(period);
  return x.index_select(side, at::minimum(place, period - place).clamp_(0, last));
}

}  // namespace calotype
