#pragma once
/// What lies outside a picture: indices to select along one side of it.
#include <ATen/core/Tensor.h>

#include <cstdint>

namespace calotype {

/// For places begin, ..., end - 1 of a side of `size` pixels: the nearest one inside. int64.
at::Tensor edge_repeated(std::int64_t begin, std::int64_t end, std::int64_t size);
/// The same with the picture mirrored at its outermost pixels, which are not repeated, as often as
/// needed.
at::Tensor mirrored(std::int64_t begin, std::int64_t end, std::int64_t size);

}  // namespace calotype
