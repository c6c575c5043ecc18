#include "pictures/tiles.h"

#include <algorithm>

#include "calotype/types/aten.h"

namespace calotype {

namespace {

/// Weights of a tile along one side: rising over the overlap with the neighbour before, falling
/// over that with the one after, 1 in between and at the edges of the map.
at::Tensor ramp(std::int64_t length, std::int64_t before, std::int64_t after) {
  at::Tensor weights = at::ones({length}, at::kFloat);
  const auto rise = [](std::int64_t n) {
    return at::arange(1, n + 1, at::kFloat).div(static_cast<double>(n + 1));
  };
  if (before > 0) weights.narrow(0, 0, before).mul_(rise(before));
  if (after > 0) weights.narrow(0, length - after, after).mul_(rise(after).flip(0));
  return weights;
}

/// One side of a map, cut.
struct Side {
  Side(std::int64_t length, const Tiling& tiling, std::int64_t unit)
      : size(std::min(length, tiling.size)),
        starts(tile_starts(length / unit, units(tiling, unit))) {
    for (std::int64_t& start : starts) start *= unit;
  }
  /// Values that tile `i` has in common with the one before it.
  std::int64_t shared(std::size_t i) const {
    return i == 0 || i >= starts.size() ? 0 : starts[i - 1] + size - starts[i];
  }

  std::int64_t size;
  std::vector<std::int64_t> starts;

 private:
  static Tiling units(const Tiling& tiling, std::int64_t unit) {
    return {tiling.size / unit, tiling.overlap / unit};
  }
};

}  // namespace

std::vector<std::int64_t> tile_starts(std::int64_t length, const Tiling& tiling) {
  if (length <= tiling.size) return {0};
  const std::int64_t step = tiling.size - tiling.overlap;
  const std::int64_t last = length - tiling.size;
  const std::int64_t tiles = (last + step - 1) / step + 1;
  std::vector<std::int64_t> starts;
  for (std::int64_t i = 0; i < tiles; ++i) starts.push_back(last * i / (tiles - 1));
  return starts;
}

std::int64_t tile_count(std::int64_t height, std::int64_t width, const Tiling& tiling) {
  return static_cast<std::int64_t>(tile_starts(height, tiling).size() *
                                   tile_starts(width, tiling).size());
}

at::Tensor over_tiles(const at::Tensor& map, const Tiling& tiling, const TileFunction& f,
                      std::int64_t up, std::int64_t down) {
  const Side rows(map.size(2), tiling, down);
  const Side columns(map.size(3), tiling, down);
  if (rows.starts.size() * columns.starts.size() == 1) return f(map).to(at::kFloat);

  const auto scaled = [&](std::int64_t n) { return n * up / down; };
  at::Tensor sum;
  at::Tensor weight;
  for (std::size_t i = 0; i < rows.starts.size(); ++i) {
    const at::Tensor down_ramp =
        ramp(scaled(rows.size), scaled(rows.shared(i)), scaled(rows.shared(i + 1)));
    for (std::size_t j = 0; j < columns.starts.size(); ++j) {
      const at::Tensor tile =
          map.narrow(2, rows.starts[i], rows.size).narrow(3, columns.starts[j], columns.size);
      const at::Tensor result = f(tile).to(at::kFloat);
      if (!sum.defined()) {
        sum = at::zeros({result.size(0), result.size(1), scaled(map.size(2)), scaled(map.size(3))},
                        result.options());
        weight = at::zeros({sum.size(2), sum.size(3)}, result.options());
      }
      const at::Tensor w = down_ramp.unsqueeze(1)
                               .mul(ramp(scaled(columns.size), scaled(columns.shared(j)),
                                         scaled(columns.shared(j + 1))))
                               .to(result.device());
      const auto place = [&](const at::Tensor& t, std::int64_t dim) {
        return t.narrow(dim, scaled(rows.starts[i]), scaled(rows.size))
            .narrow(dim + 1, scaled(columns.starts[j]), scaled(columns.size));
      };
      place(sum, 2).add_(result * w);
      place(weight, 0).add_(w);
    }
  }
  return sum.div_(weight);
}

}  // namespace calotype
