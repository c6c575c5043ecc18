#include "pictures/tiles.h"

#include <gtest/gtest.h>

#include "calotype/types/aten.h"

namespace calotype {
namespace {

at::Tensor coverage(const Tiling& tiling, std::int64_t height, std::int64_t width,
                    std::int64_t scale) {
  at::Tensor sum = at::zeros({height * scale, width * scale});
  for (std::size_t i = 0; i < tiling.size(); ++i) {
    const Tile t = tiling[i];
    sum.narrow(0, t.row * scale, t.height * scale)
        .narrow(1, t.column * scale, t.width * scale)
        .add_(tiling.weights(i, scale));
  }
  return sum;
}

TEST(Tiling, WeightsSumUpToOneWhateverTheSizes) {
  for (const std::int64_t multiple : {1, 4, 8}) {
    for (const std::int64_t size : {8, 16, 33, 64}) {
      for (const std::int64_t overlap : {0, 1, 8, 100}) {
        for (const std::int64_t side : {1, 17, 65, 130, 301}) {
          const Tiling tiling(side, 40, {size, overlap, multiple});
          const at::Tensor sum = coverage(tiling, side, 40, 2);
          EXPECT_LT((sum - 1).abs().max().item<double>(), 1e-6)
              << size << " " << overlap << " " << side << " " << multiple;
        }
      }
    }
  }
}

TEST(Tiling, TilesBeginAtMultiplesAndReachTheBorder) {
  const Tiling tiling(333, 129, {64, 16, 8});
  std::int64_t bottom = 0, right = 0;
  for (std::size_t i = 0; i < tiling.size(); ++i) {
    const Tile t = tiling[i];
    EXPECT_EQ(t.row % 8, 0);
    EXPECT_EQ(t.column % 8, 0);
    EXPECT_LE(t.height, 64 + 7);
    bottom = std::max(bottom, t.row + t.height);
    right = std::max(right, t.column + t.width);
  }
  EXPECT_EQ(bottom, 333);
  EXPECT_EQ(right, 129);
}

TEST(Tiling, NeighboursOverlapAsAsked) {
  const Tiling tiling(1, 1000, {128, 32, 4});
  for (std::size_t i = 1; i < tiling.size(); ++i) {
    EXPECT_GE(tiling[i - 1].column + tiling[i - 1].width - tiling[i].column, 32);
  }
}

TEST(Tiling, LeavesASmallMapWhole) {
  const Tiling tiling(64, 20, {64, 16, 8});
  ASSERT_EQ(tiling.size(), 1U);
  EXPECT_EQ(tiling[0].height, 64);
  EXPECT_EQ(tiling[0].width, 20);
}

TEST(ByTiles, GivesTheWholeForANetworkThatLooksNoFurtherThanAQuarterOfTheOverlap) {
  const at::Tensor map = at::rand({2, 3, 70, 95});
  const auto blur = [](const at::Tensor& x) {
    return at::avg_pool2d(at::replication_pad2d(x, {4, 4, 4, 4}), 9, 1);
  };
  const Tiling tiling(70, 95, {32, 8 * 4, 1});  // cut to 8: a quarter of it is 2
  const at::Tensor wrong = by_tiles(map, tiling, 1, blur);
  EXPECT_GT((wrong - blur(map)).abs().max().item<double>(), 1e-3);
  const Tiling wide(70, 95, {64, 16, 1});
  ASSERT_GT(wide.size(), 1U);
  EXPECT_LT((by_tiles(map, wide, 1, blur) - blur(map)).abs().max().item<double>(), 1e-6);
}

TEST(ByTiles, EnlargesByTheScale) {
  const at::Tensor map = at::rand({1, 3, 40, 41});
  const auto repeat = [](const at::Tensor& x) {
    return at::upsample_nearest2d(x, {x.size(2) * 3, x.size(3) * 3});
  };
  const at::Tensor out = by_tiles(map, Tiling(40, 41, {16, 4, 1}), 3, repeat);
  EXPECT_LT((out - repeat(map)).abs().max().item<double>(), 1e-6);
}

}  // namespace
}  // namespace calotype
