#include "vae/upsample_conv.h"

#include <algorithm>
#include <array>
#include <utility>
#include <vector>

#include "calotype/types/aten.h"

namespace calotype {

namespace {

/// Rows of the small map that are computed at once: the four results of each pixel need twice the
/// memory of the doubled map, so they are never all held.
constexpr std::int64_t kStripRows = 64;

/// The two taps along `dim` at the small size that equal three taps at the doubled size. The upper
/// (left) pixel of a square sees -1, 0, 0; the lower (right) one 0, 0, +1.
at::Tensor two_taps(const at::Tensor& w, std::int64_t dim, int position) {
  const auto tap = [&](std::int64_t i) { return w.narrow(dim, i, 1); };
  return position == 0 ? at::cat({tap(0), tap(1) + tap(2)}, dim)
                       : at::cat({tap(0) + tap(1), tap(2)}, dim);
}

/// [4 out, in, 2, 2], ordered by row and column inside the square. Summed in float32.
at::Tensor square_weights(const at::Tensor& weight) {
  const at::Tensor w = weight.to(at::kFloat);
  std::vector<at::Tensor> parts;
  for (const int row : {0, 1}) {
    for (const int column : {0, 1}) parts.push_back(two_taps(two_taps(w, 2, row), 3, column));
  }
  return at::cat(parts).to(weight.scalar_type());
}

}  // namespace

UpsampleConv::UpsampleConv(WeightReader& reader, const std::string& name, std::int64_t channels)
    : UpsampleConv(reader.take(name + ".weight", {channels, channels, 3, 3}),
                   reader.take(name + ".bias", {channels}), channels, reader.placement()) {}

UpsampleConv::UpsampleConv(const at::Tensor& weight, const at::Tensor& bias, std::int64_t channels,
                           const Placement& placement)
    : at_small_size_(placement.device.is_cpu()),
      conv_(at_small_size_ ? Conv2d(square_weights(weight), bias.repeat({4}),
                                    {.in = channels, .out = 4 * channels, .kernel = 2}, placement)
                           : Conv2d(weight, bias, {.in = channels, .out = channels}, placement)) {}

at::Tensor UpsampleConv::operator()(at::Tensor x) const {
  const Wrap wrap = WrapScope::current();
  if (!wrap.any()) return doubled(std::move(x));
  const std::int64_t height = 2 * x.size(2), width = 2 * x.size(3);
  const WrapScope off({});
  return doubled(wrap_around(x, 1, wrap))
      .narrow(2, 2, height)
      .narrow(3, 2, width)
      .contiguous(at::MemoryFormat::ChannelsLast);
}

at::Tensor UpsampleConv::doubled(at::Tensor x) const {
  const std::int64_t height = x.size(2), width = x.size(3), channels = x.size(1);
  if (!at_small_size_) {
    const std::array<std::int64_t, 2> size{2 * height, 2 * width};
    return conv_(at::upsample_nearest2d(x, size));
  }
  const std::array<std::int64_t, 4> shape{x.size(0), channels, 2 * height, 2 * width};
  at::Tensor y = at::empty(shape, x.options().memory_format(at::MemoryFormat::ChannelsLast));
  for (std::int64_t top = 0; top < height; top += kStripRows) {
    const std::int64_t rows = std::min(kStripRows, height - top);
    // One row more on each side, where there is one: their results take the place of padding.
    const std::int64_t above = top > 0 ? 1 : 0;
    const std::int64_t below = top + rows < height ? 1 : 0;
    const at::Tensor squares = conv_(x.narrow(2, top - above, above + rows + below));
    for (std::int64_t row = 0; row < 2; ++row) {
      for (std::int64_t column = 0; column < 2; ++column) {
        const at::Tensor part = squares.narrow(1, (2 * row + column) * channels, channels)
                                    .narrow(2, above + row, rows)
                                    .narrow(3, column, width);
        y.narrow(2, 2 * top, 2 * rows)
            .slice(2, row, std::nullopt, 2)
            .slice(3, column, std::nullopt, 2)
            .copy_(part);
      }
    }
  }
  return y;
}

}  // namespace calotype
