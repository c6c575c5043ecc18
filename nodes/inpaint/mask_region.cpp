#include "inpaint/mask_region.h"

#include <algorithm>

#include "calotype/error.h"
#include "calotype/types/aten.h"

namespace calotype {

namespace {

constexpr double kVisible = 0.5 / 255;

/// Places begin, ..., end - 1 of a side.
struct Range {
  std::int64_t begin, end;
  std::int64_t length() const { return end - begin; }
};

/// First to last true element, grown by `padding` inside the side.
Range range_of(const at::Tensor& seen, std::int64_t padding) {
  const at::Tensor places = at::nonzero(seen);
  return {std::max<std::int64_t>(places.min().item<std::int64_t>() - padding, 0),
          std::min(places.max().item<std::int64_t>() + 1 + padding, seen.numel())};
}

/// Grows evenly on both sides to at most `length`, moved so that it stays inside 0..size.
Range grown(Range range, std::int64_t length, std::int64_t size) {
  const std::int64_t more = std::max<std::int64_t>(length - range.length(), 0);
  range.begin -= more / 2;
  range.end += more - more / 2;
  if (range.end > size) range = {range.begin - (range.end - size), size};
  if (range.begin < 0) range = {0, std::min(range.end - range.begin, size)};
  return range;
}

}  // namespace

Region mask_region(const at::Tensor& alpha, std::int64_t padding, std::int64_t width,
                   std::int64_t height) {
  const at::Tensor seen = (alpha > kVisible).any(0).squeeze(0);
  if (!seen.any().item<bool>()) {
    throw Error(ErrorCode::run, "the mask is empty: nothing is to be changed",
                "paint what shall be changed white; MaskInvert exchanges both parts");
  }
  Range rows = range_of(seen.any(1), padding);
  Range columns = range_of(seen.any(0), padding);
  const auto times = [](std::int64_t length, std::int64_t numerator, std::int64_t denominator) {
    return static_cast<std::int64_t>(static_cast<double>(length * numerator) /
                                     static_cast<double>(denominator));
  };
  if (columns.length() * height > rows.length() * width) {
    rows = grown(rows, times(columns.length(), height, width), seen.size(0));
  } else {
    columns = grown(columns, times(rows.length(), width, height), seen.size(1));
  }
  return {columns.begin, rows.begin, columns.length(), rows.length()};
}

}  // namespace calotype
