#include "median_cut.h"

#include <calotype/types/aten.h>

#include <algorithm>
#include <cmath>
#include <numeric>
#include <vector>

namespace example {

namespace {

using Rows = std::vector<std::size_t>;

/// Rows begin..end of the order, and how far they deviate along `axis`.
struct Box {
  std::size_t begin = 0;
  std::size_t end = 0;
  std::size_t axis = 0;
  double deviation = 0;  ///< sum of squares; negative when all colours are the same
};

class MedianCut {
 public:
  MedianCut(const at::Tensor& points, const at::Tensor& pixels)
      : points_(points.const_data_ptr<double>()),
        pixels_(pixels.const_data_ptr<std::int64_t>()),
        order_(static_cast<std::size_t>(points.size(0))) {
    std::iota(order_.begin(), order_.end(), std::size_t{0});
    boxes_.push_back(measured({0, order_.size()}));
  }

  /// False when no box can be cut.
  bool cut() {
    const auto widest =
        std::max_element(boxes_.begin(), boxes_.end(),
                         [](const Box& a, const Box& b) { return a.deviation < b.deviation; });
    if (widest->deviation < 0) return false;
    const Box whole = *widest;
    const std::size_t middle = place_of_cut(whole);
    *widest = measured({whole.begin, middle});
    boxes_.push_back(measured({middle, whole.end}));
    return true;
  }

  at::Tensor groups() const {
    at::Tensor result = at::empty({static_cast<std::int64_t>(order_.size())}, at::kLong);
    auto* group = result.mutable_data_ptr<std::int64_t>();
    for (std::size_t b = 0; b < boxes_.size(); ++b) {
      for (std::size_t i = boxes_[b].begin; i < boxes_[b].end; ++i) {
        group[order_[i]] = static_cast<std::int64_t>(b);
      }
    }
    return result;
  }

 private:
  double at(std::size_t place, std::size_t axis) const { return points_[3 * order_[place] + axis]; }
  double weight(std::size_t place) const { return static_cast<double>(pixels_[order_[place]]); }

  Box measured(Box box) const {
    box.deviation = -1;
    for (std::size_t axis = 0; axis < 3; ++axis) {
      double low = at(box.begin, axis), high = low, sum = 0, total = 0;
      for (std::size_t i = box.begin; i < box.end; ++i) {
        low = std::min(low, at(i, axis));
        high = std::max(high, at(i, axis));
        sum += weight(i) * at(i, axis);
        total += weight(i);
      }
      if (low == high) continue;
      double squares = 0;
      for (std::size_t i = box.begin; i < box.end; ++i) {
        const double d = at(i, axis) - sum / total;
        squares += weight(i) * d * d;
      }
      if (squares > box.deviation) {
        box.axis = axis;
        box.deviation = squares;
      }
    }
    return box;
  }

  /// Sorts the box along its axis. Returns where its second half begins; equal coordinates stay
  /// together.
  std::size_t place_of_cut(const Box& box) {
    const auto first = order_.begin() + static_cast<std::ptrdiff_t>(box.begin);
    const auto last = order_.begin() + static_cast<std::ptrdiff_t>(box.end);
    const auto coordinate = [&](std::size_t row) { return points_[3 * row + box.axis]; };
    std::sort(first, last, [&](std::size_t a, std::size_t b) {
      return coordinate(a) != coordinate(b) ? coordinate(a) < coordinate(b) : a < b;
    });
    double total = 0;
    for (std::size_t i = box.begin; i < box.end; ++i) total += weight(i);
    double before = 0, best = total;
    std::size_t middle = box.begin;
    for (std::size_t i = box.begin + 1; i < box.end; ++i) {
      before += weight(i - 1);
      const double unequal = std::abs(total - 2 * before);
      if (at(i, box.axis) != at(i - 1, box.axis) && unequal < best) {
        best = unequal;
        middle = i;
      }
    }
    return middle;
  }

  const double* points_;
  const std::int64_t* pixels_;
  Rows order_;
  std::vector<Box> boxes_;
};

}  // namespace

at::Tensor median_cut(const at::Tensor& points, const at::Tensor& pixels, std::int64_t count,
                      const calotype::RunContext& context) {
  MedianCut state(points, pixels);
  for (std::int64_t boxes = 1; boxes < count && state.cut(); ++boxes) context.check_cancelled();
  return state.groups();
}

}  // namespace example
