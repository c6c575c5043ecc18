#pragma once
/// Maps that are too large to be computed at once, computed in overlapping tiles.
#include <ATen/core/Tensor.h>

#include <cstdint>
#include <functional>
#include <vector>

namespace calotype {

/// How a map is cut: squares of `size` values with at least `overlap` in common with each
/// neighbour. 0 <= overlap < size.
struct Tiling {
  std::int64_t size = 64;
  std::int64_t overlap = 8;
};

/// Where tiles of `tiling.size` begin along a side of `length`, from 0, evenly spread, the last one
/// ending at `length`. One tile when the side is no longer than a tile.
std::vector<std::int64_t> tile_starts(std::int64_t length, const Tiling& tiling);

/// Number of tiles of a map of `height` x `width`.
std::int64_t tile_count(std::int64_t height, std::int64_t width, const Tiling& tiling);

/// One tile of the map in, its result out: [B, C, h, w] -> [B, C', h * up / down, w * up / down].
using TileFunction = std::function<at::Tensor(const at::Tensor& tile)>;

/// `f` of every tile of `map` [B, C, H, W], put together to [B, C', H * up / down, W * up / down],
/// float32 on the results' device. Where tiles overlap, results are mixed with weights that fall
/// linearly towards a tile's inner edges, so that no edge shows. With `down` > 1, H, W, size and
/// overlap are multiples of it. A map that fits into one tile is given to `f` as it is.
at::Tensor over_tiles(const at::Tensor& map, const Tiling& tiling, const TileFunction& f,
                      std::int64_t up = 1, std::int64_t down = 1);

}  // namespace calotype
