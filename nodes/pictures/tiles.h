#pragma once
/// Large maps in pieces: overlapping tiles whose results are blended without a seam.
#include <ATen/core/Tensor.h>

#include <cstddef>
#include <cstdint>
#include <functional>
#include <vector>

namespace calotype {

struct TileOptions {
  std::int64_t size = 0;      ///< longest side of a tile; a side that is not longer stays whole
  std::int64_t overlap = 0;   ///< of neighbouring tiles, at least; cut to a quarter of `size`
  std::int64_t multiple = 1;  ///< tiles begin at multiples of it; `size` is at least 4 of them
};

/// A part of a map.
struct Tile {
  std::int64_t row = 0;
  std::int64_t column = 0;
  std::int64_t height = 0;
  std::int64_t width = 0;
};

/// How a map is cut: as few tiles as the sizes allow, evenly spread, and how much each of them
/// counts at every pixel. Where two tiles overlap, the outer quarters of the overlap are context
/// only, and one tile fades into the other over the half between them. A network that looks no
/// further than a quarter of the overlap therefore gives the same picture in tiles as in one piece.
/// Immutable, thread-safe.
class Tiling {
 public:
  /// All sizes in pixels of the map, at least 1.
  Tiling(std::int64_t height, std::int64_t width, const TileOptions&);

  std::size_t size() const { return rows_.size() * columns_.size(); }
  Tile operator[](std::size_t index) const;  ///< row by row
  /// How much the tile counts: float32 [height scale, width scale] in host memory, in 0..1. The
  /// tiles' weights sum up to 1 at each pixel.
  at::Tensor weights(std::size_t index, std::int64_t scale) const;

 private:
  struct Span {
    std::int64_t first = 0;
    std::int64_t size = 0;
  };
  static std::vector<Span> cut(std::int64_t side, const TileOptions&);
  static at::Tensor fade(const std::vector<Span>&, std::size_t index, std::int64_t scale);

  std::vector<Span> rows_;
  std::vector<Span> columns_;
};

/// Calls `network` with each tile of `map` [B, C, H, W] and blends its results, [B, any, h scale,
/// w scale]. One tile alone is returned as it came.
at::Tensor by_tiles(const at::Tensor& map, const Tiling&, std::int64_t scale,
                    const std::function<at::Tensor(const at::Tensor& tile)>& network);

}  // namespace calotype
