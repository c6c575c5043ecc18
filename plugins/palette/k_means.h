#pragma once
#include <ATen/core/Tensor.h>
#include <calotype/run_context.h>

#include <cstdint>

namespace example {

/// Sum of the points of each group, weighted by pixels, divided by its pixels: float64 [K, 3] for
/// groups 0..K-1, all of them in use. Arguments as for median_cut.
at::Tensor group_means(const at::Tensor& points, const at::Tensor& pixels,
                       const at::Tensor& groups);

/// Improves groups by Lloyd's algorithm: every colour goes to the group with the nearest mean,
/// until none moves, at most kMaxPasses times. No approximation, no random numbers. Groups that
/// lose all their colours are dropped. Takes and returns groups as median_cut does; reports
/// progress. Throws calotype::Error(cancelled).
inline constexpr std::int64_t kMaxPasses = 200;
at::Tensor k_means(const at::Tensor& points, const at::Tensor& pixels, at::Tensor groups,
                   const calotype::RunContext& context);

}  // namespace example
