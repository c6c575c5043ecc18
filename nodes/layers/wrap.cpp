#include "layers/wrap.h"

#include <vector>

#include "calotype/types/aten.h"

namespace calotype {

namespace {

thread_local Wrap current_wrap;

at::Tensor extend(const at::Tensor& map, std::int64_t dim, std::int64_t n, bool around) {
  const std::int64_t size = map.size(dim);
  if (around) return at::cat({map.narrow(dim, size - n, n), map, map.narrow(dim, 0, n)}, dim);
  std::vector<std::int64_t> edge = map.sizes().vec();
  edge[static_cast<std::size_t>(dim)] = n;
  const at::Tensor zeros = at::zeros(edge, map.options());
  return at::cat({zeros, map, zeros}, dim);
}

}  // namespace

WrapScope::WrapScope(Wrap wrap) : before_(current_wrap) { current_wrap = wrap; }
WrapScope::~WrapScope() { current_wrap = before_; }
Wrap WrapScope::current() { return current_wrap; }

at::Tensor wrap_around(const at::Tensor& map, std::int64_t n, Wrap wrap) {
  return extend(extend(map, 2, n, wrap.y), 3, n, wrap.x).contiguous(at::MemoryFormat::ChannelsLast);
}

}  // namespace calotype
