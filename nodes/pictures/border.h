#pragma once
/// Pictures that go on outside themselves. On the picture's device.
#include <ATen/core/Tensor.h>

#include <cstdint>

namespace calotype {

/// Places begin, ..., end - 1 along dimension `side` of `x`; outside, the nearest one inside.
at::Tensor edge_repeated(const at::Tensor& x, std::int64_t side, std::int64_t begin,
                         std::int64_t end);
/// The same with the picture mirrored at its outermost pixels, which are not repeated, as often as
/// needed.
at::Tensor mirrored(const at::Tensor& x, std::int64_t side, std::int64_t begin, std::int64_t end);

}  // namespace calotype
