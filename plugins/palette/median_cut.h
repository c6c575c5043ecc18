#pragma once
#include <ATen/core/Tensor.h>
#include <calotype/run_context.h>

#include <cstdint>

namespace example {

/// Groups colours by median cut (P. Heckbert, "Color image quantization for frame buffer display",
/// SIGGRAPH 1982). The box whose colours deviate most along one axis is cut on that axis, where the
/// numbers of pixels on both sides are nearest to equal, until there are `count` boxes or every box
/// holds one colour. Deterministic: among equals the first box, axis and place are taken.
/// `points`: float64 [M, 3]; `pixels`: int64 [M]; both contiguous in host memory. Returns int64
/// [M]: the number of each colour's group, 0 up to count - 1, every number in use.
/// Throws calotype::Error(cancelled).
at::Tensor median_cut(const at::Tensor& points, const at::Tensor& pixels, std::int64_t count,
                      const calotype::RunContext& context);

}  // namespace example
