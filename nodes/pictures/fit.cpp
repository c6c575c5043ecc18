#include "pictures/fit.h"

#include <algorithm>
#include <array>
#include <string>

#include "calotype/types/aten.h"
#include "pictures/border.h"

namespace calotype {

namespace {

struct Size {
  std::int64_t height, width;
};

/// The size with the proportions of `from` of which one side equals that of `to` and the other is
/// at least (`cover`) or at most as long.
Size scaled(Size from, Size to, bool cover) {
  const bool wider = to.width * from.height > from.width * to.height;  // `to` is
  if (wider == cover)
    return {std::max<std::int64_t>(from.height * to.width / from.width, 1), to.width};
  return {to.height, std::max<std::int64_t>(from.width * to.height / from.height, 1)};
}

/// Very long pictures grow beyond all measure before they are cropped.
void check_size(Size inner, Size to) {
  constexpr std::int64_t kMaxPixels = std::int64_t{1} << 28;
  if (inner.height <= kMaxPixels / inner.width ||
      inner.height * inner.width <= to.height * to.width) {
    return;
  }
  throw Error(ErrorCode::run,
              "the picture would be " + std::to_string(inner.width) + " x " +
                  std::to_string(inner.height) + " px before it is cropped, more than " +
                  std::to_string(kMaxPixels) + " px",
              "crop it first, or let it be stretched or filled up");
}

}  // namespace

std::span<const std::pair<std::string_view, FitMode>> EnumNames<FitMode>::table() {
  static constexpr std::array<std::pair<std::string_view, FitMode>, 3> kTable{
      {{"stretch", FitMode::stretch}, {"crop", FitMode::crop}, {"fill", FitMode::fill}}};
  return kTable;
}

at::Tensor fit(const at::Tensor& maps, std::int64_t height, std::int64_t width, FitMode mode,
               ResampleMethod method) {
  const Size to{height, width};
  const Size from{maps.size(2), maps.size(3)};
  const Size inner = mode == FitMode::stretch ? to : scaled(from, to, mode == FitMode::crop);
  check_size(inner, to);
  const at::Tensor x = resample(maps, inner.height, inner.width, method).clamp(0, 1);
  if (mode == FitMode::stretch) return x;
  // Where the new picture begins in `x`; negative: before it.
  const std::int64_t top = inner.height / 2 - height / 2;
  const std::int64_t left = inner.width / 2 - width / 2;
  return edge_repeated(edge_repeated(x, 2, top, top + height), 3, left, left + width);
}

}  // namespace calotype
