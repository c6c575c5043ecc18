#include "pictures/tiles.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "calotype/types/aten.h"

namespace calotype {
namespace {

using testing::ElementsAre;

at::Tensor map(std::int64_t height, std::int64_t width) {
  return at::arange(2 * height * width, at::kFloat).reshape({1, 2, height, width});
}

TEST(Tiles, CoverASideEvenlyWithAtLeastTheOverlap) {
  EXPECT_THAT(tile_starts(8, {.size = 8, .overlap = 2}), ElementsAre(0));
  EXPECT_THAT(tile_starts(9, {.size = 8, .overlap = 2}), ElementsAre(0, 1));
  EXPECT_THAT(tile_starts(20, {.size = 8, .overlap = 2}), ElementsAre(0, 6, 12));
  EXPECT_THAT(tile_starts(21, {.size = 8, .overlap = 2}), ElementsAre(0, 4, 8, 13));
  EXPECT_EQ(tile_count(20, 8, {.size = 8, .overlap = 2}), 3);
}

TEST(Tiles, OfAPointwiseFunctionEqualTheWhole) {
  const at::Tensor whole = map(21, 13);
  const auto f = [](const at::Tensor& t) { return at::sin(t); };
  const at::Tensor tiled = over_tiles(whole, {.size = 8, .overlap = 3}, f);
  EXPECT_TRUE(at::allclose(tiled, f(whole), 1e-5, 1e-5));
}

TEST(Tiles, GrowAndShrinkWithTheFunction) {
  const at::Tensor whole = map(24, 20);
  const auto grow = [](const at::Tensor& t) {
    return t.repeat_interleave(2, 2).repeat_interleave(2, 3);
  };
  EXPECT_TRUE(at::allclose(over_tiles(whole, {.size = 8, .overlap = 2}, grow, 2), grow(whole)));
  const auto shrink = [](const at::Tensor& t) { return at::avg_pool2d(t, {4, 4}); };
  EXPECT_TRUE(at::allclose(over_tiles(whole, {.size = 12, .overlap = 4}, shrink, 1, 4),
                           shrink(whole), 1e-5, 1e-4));
}

TEST(Tiles, AreMixedWithoutAnEdge) {
  // Every tile gives a constant of its own: neighbours may differ by no more than one step of the
  // ramp between them.
  int calls = 0;
  const at::Tensor mixed = over_tiles(map(8, 40), {.size = 16, .overlap = 7},
                                      [&](const auto& t) { return at::full_like(t, calls++); });
  EXPECT_EQ(calls, 4);
  EXPECT_LT(mixed.diff(1, 3).abs().max().item<double>(), 0.25);
}

TEST(Tiles, LeaveAMapOfOneTileAlone) {
  int calls = 0;
  over_tiles(map(8, 6), {.size = 8, .overlap = 2}, [&](const at::Tensor& t) {
    ++calls;
    EXPECT_EQ(t.sizes(), at::IntArrayRef({1, 2, 8, 6}));
    return t;
  });
  EXPECT_EQ(calls, 1);
}

}  // namespace
}  // namespace calotype
