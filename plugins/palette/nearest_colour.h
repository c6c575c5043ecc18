#pragma once
#include <ATen/core/Tensor.h>

#include <cstdint>
#include <vector>

#include "colour_space.h"
#include "palette.h"

namespace example {

/// Finds which of a few places is nearest, by comparing with all of them: exact, and with the same
/// answer on every machine. Immutable, thread-safe.
class NearestColour {
 public:
  /// `places`: float64 [N, 3], N from 1 to kMaxColours.
  explicit NearestColour(const at::Tensor& places);

  /// Index of the smallest Euclidean distance; the lowest one when several are equally near.
  std::int32_t find(const Point& point) const;
  /// For each row of `points`, float64 [M, 3] contiguous: int64 [M]. On all threads of torch.
  at::Tensor find_all(const at::Tensor& points) const;

  std::int64_t size() const { return static_cast<std::int64_t>(axes_[0].size()); }
  Point place(std::int32_t index) const;

 private:
  std::array<std::vector<double>, 3> axes_;  // one array per axis: the compiler vectorises over it
};

}  // namespace example
