#include "pictures/tiles.h"

#include <algorithm>

#include "calotype/types/aten.h"

namespace calotype {

namespace {

std::int64_t round_down(std::int64_t n, std::int64_t multiple) { return n / multiple * multiple; }

std::int64_t divide_up(std::int64_t n, std::int64_t by) { return (n + by - 1) / by; }

}  // namespace

Tiling::Tiling(std::int64_t height, std::int64_t width, const TileOptions& options)
    : rows_(cut(height, options)), columns_(cut(width, options)) {}

std::vector<Tiling::Span> Tiling::cut(std::int64_t side, const TileOptions& o) {
  const std::int64_t size = std::max(round_down(o.size, o.multiple), 4 * o.multiple);
  if (side <= size) return {{0, side}};
  // Rounding a tile's begin to a multiple may take so much away from an overlap.
  const std::int64_t overlap = std::min(o.overlap, size / 4) + o.multiple - 1;
  const std::int64_t count = divide_up(side - overlap, size - overlap);
  const std::int64_t even = divide_up(side + (count - 1) * overlap, count);
  const std::int64_t length = std::min(size, divide_up(even, o.multiple) * o.multiple);
  std::vector<Span> spans;
  for (std::int64_t i = 0; i < count; ++i) {
    const std::int64_t first = round_down((side - length) * i / (count - 1), o.multiple);
    spans.push_back({first, i + 1 < count ? length : side - first});
  }
  return spans;
}

/// [side of the tile x scale]
at::Tensor Tiling::fade(const std::vector<Span>& spans, std::size_t index, std::int64_t scale) {
  const Span& span = spans[index];
  const auto factor = static_cast<double>(scale);
  const at::Tensor at =
      at::arange(span.size * scale, at::kDouble).add_(0.5).div_(factor).add_(span.first);
  // From 0 to 1 over the middle half of the overlap of spans i and i + 1.
  const auto ramp = [&](std::size_t i) {
    const auto begin = static_cast<double>(spans[i + 1].first);
    const auto end = static_cast<double>(spans[i].first + spans[i].size);
    const double width = std::max(0.5, (end - begin) / 2);
    return at.sub((begin + end - width) / 2).div_(width).clamp_(0, 1);
  };
  at::Tensor sum = at::zeros_like(at);
  at::Tensor own;
  for (std::size_t i = 0; i < spans.size(); ++i) {
    const bool apart =
        spans[i].first >= span.first + span.size || span.first >= spans[i].first + spans[i].size;
    if (apart) continue;
    at::Tensor weight = at::ones_like(at);
    if (i > 0) weight.mul_(ramp(i - 1));
    if (i + 1 < spans.size()) weight.mul_(1 - ramp(i));
    sum.add_(weight);
    if (i == index) own = weight;
  }
  return own.div_(sum).to(at::kFloat);
}

Tile Tiling::operator[](std::size_t index) const {
  const Span& row = rows_[index / columns_.size()];
  const Span& column = columns_[index % columns_.size()];
  return {row.first, column.first, row.size, column.size};
}

at::Tensor Tiling::weights(std::size_t index, std::int64_t scale) const {
  return at::outer(fade(rows_, index / columns_.size(), scale),
                   fade(columns_, index % columns_.size(), scale));
}

at::Tensor by_tiles(const at::Tensor& map, const Tiling& tiling, std::int64_t scale,
                    const std::function<at::Tensor(const at::Tensor& tile)>& network) {
  if (tiling.size() == 1) return network(map);
  at::Tensor out;
  for (std::size_t i = 0; i < tiling.size(); ++i) {
    const Tile t = tiling[i];
    const at::Tensor part = network(map.narrow(2, t.row, t.height).narrow(3, t.column, t.width));
    if (!out.defined()) {
      out = at::zeros({part.size(0), part.size(1), map.size(2) * scale, map.size(3) * scale},
                      part.options());
    }
    out.narrow(2, t.row * scale, t.height * scale)
        .narrow(3, t.column * scale, t.width * scale)
        .addcmul_(part, tiling.weights(i, scale).to(part.options()));
  }
  return out;
}

}  // namespace calotype
