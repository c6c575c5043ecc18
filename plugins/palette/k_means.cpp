#include "k_means.h"

#include <calotype/types/aten.h>

#include <utility>
#include <vector>

#include "nearest_colour.h"

namespace example {

namespace {

/// The same groups numbered without gaps, in the same order.
at::Tensor without_gaps(const at::Tensor& groups) {
  const at::Tensor used = at::bincount(groups) > 0;
  return (used.cumsum(0) - 1).index_select(0, groups);
}

}  // namespace

at::Tensor group_means(const at::Tensor& points, const at::Tensor& pixels,
                       const at::Tensor& groups) {
  // A plain loop: the order of the additions decides the last bits.
  const std::int64_t count = groups.max().item<std::int64_t>() + 1;
  at::Tensor sums = at::zeros({count, 3}, at::kDouble);
  at::Tensor totals = at::zeros({count, 1}, at::kDouble);
  const auto* point = points.const_data_ptr<double>();
  const auto* weight = pixels.const_data_ptr<std::int64_t>();
  const auto* group = groups.const_data_ptr<std::int64_t>();
  auto* sum = sums.mutable_data_ptr<double>();
  auto* total = totals.mutable_data_ptr<double>();
  for (std::int64_t i = 0; i < points.size(0); ++i) {
    const auto w = static_cast<double>(weight[i]);
    for (int axis = 0; axis < 3; ++axis) sum[3 * group[i] + axis] += w * point[3 * i + axis];
    total[group[i]] += w;
  }
  return sums / totals;
}

at::Tensor k_means(const at::Tensor& points, const at::Tensor& pixels, at::Tensor groups,
                   const calotype::RunContext& context) {
  for (std::int64_t pass = 0; pass < kMaxPasses; ++pass) {
    context.check_cancelled();
    context.progress(pass, kMaxPasses);
    const NearestColour means(group_means(points, pixels, groups));
    at::Tensor moved = means.find_all(points);
    if (at::equal(moved, groups)) break;
    groups = without_gaps(moved);
  }
  context.progress(kMaxPasses, kMaxPasses);
  return groups;
}

}  // namespace example
