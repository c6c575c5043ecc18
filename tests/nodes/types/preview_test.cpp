#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <vector>

#include "calotype/types.h"
#include "calotype/types/aten.h"
#include "calotype/value_io.h"

namespace calotype {
namespace {

using Bytes = std::vector<std::uint8_t>;

/// The colour at column `x` of row `y`.
Bytes pixel(const Preview& preview, int x, int y) {
  const auto first = preview.rgb.begin() + 3 * (std::ptrdiff_t{y} * preview.width + x);
  return {first, first + 3};
}

/// One picture of 4 x 2 pixels in one colour, for each of `greys`.
at::Tensor plain(const std::vector<float>& greys) {
  return at::tensor(greys).view({-1, 1, 1, 1}).expand({-1, 3, 2, 4}).contiguous();
}

TEST(Preview, OfAnImageIsItsPixels) {
  at::Tensor pixels = at::zeros({1, 3, 2, 3});
  pixels[0][0][0][1] = 1;             // red
  pixels[0][2][1][2] = 128.0f / 255;  // half blue
  const Preview preview = preview_of(Value::of(Image{pixels}));
  EXPECT_EQ(preview.width, 3);
  EXPECT_EQ(preview.height, 2);
  EXPECT_EQ(preview.rgb, (Bytes{0, 0, 0, 255, 0, 0, 0, 0, 0,  //
                                0, 0, 0, 0, 0, 0, 0, 0, 128}));
}

TEST(Preview, OfABatchShowsUpToFourInTwoColumns) {
  const Preview two = preview_of(Value::of(Image{plain({0, 1})}));
  EXPECT_EQ(two.width, 8);
  EXPECT_EQ(two.height, 2);
  EXPECT_EQ(pixel(two, 3, 1), (Bytes{0, 0, 0}));
  EXPECT_EQ(pixel(two, 4, 0), (Bytes{255, 255, 255}));

  const Preview five = preview_of(Value::of(Image{plain({0, 0.2f, 0.4f, 0.6f, 1})}));
  EXPECT_EQ(five.width, 8);
  EXPECT_EQ(five.height, 4);
  EXPECT_EQ(pixel(five, 0, 0), (Bytes{0, 0, 0}));
  EXPECT_EQ(pixel(five, 7, 1), (Bytes{51, 51, 51}));
  EXPECT_EQ(pixel(five, 0, 2), (Bytes{102, 102, 102}));
  EXPECT_EQ(pixel(five, 7, 3), (Bytes{153, 153, 153}));
}

TEST(Preview, LeavesTheLastCellOfThreeWhite) {
  const Preview three = preview_of(Value::of(Image{plain({0, 0, 0})}));
  EXPECT_EQ(pixel(three, 3, 3), (Bytes{0, 0, 0}));
  EXPECT_EQ(pixel(three, 4, 2), (Bytes{255, 255, 255}));
}

TEST(Preview, ClampsNumbersOutsideTheRangeAndShowsNaNAsBlack) {
  at::Tensor pixels = at::full({1, 3, 1, 1}, -1.0);
  pixels[0][1][0][0] = 7;
  pixels[0][2][0][0] = std::numeric_limits<float>::quiet_NaN();
  EXPECT_EQ(preview_of(Value::of(Image{pixels})).rgb, (Bytes{0, 255, 0}));
}

TEST(Preview, OfAMaskAndOfADepthMapIsGrey) {
  const at::Tensor values = at::tensor({0.0f, 1.0f, 0.2f}).view({1, 1, 1, 3});
  const Bytes expected{0, 0, 0, 255, 255, 255, 51, 51, 51};
  EXPECT_EQ(preview_of(Value::of(Mask{values})).rgb, expected);
  EXPECT_EQ(preview_of(Value::of(DepthMap{values, {}})).rgb, expected);
}

TEST(Preview, OfALatentWithFourChannelsIsALinearFunctionOfThem) {
  at::Tensor values = at::zeros({1, 4, 2, 3});
  values[0][0][1][2] = 1;  // L1 alone: (0.298, 0.207, 0.208) above the middle of -1..1
  values[0][3][0][0] = -2;
  const Preview preview = preview_of(Value::of(Latent{values}));
  EXPECT_EQ(preview.width, 3);
  EXPECT_EQ(preview.height, 2);
  EXPECT_EQ(pixel(preview, 1, 0), (Bytes{127, 127, 127}));
  EXPECT_EQ(pixel(preview, 2, 1), (Bytes{165, 153, 154}));
  EXPECT_EQ(pixel(preview, 0, 0), (Bytes{174, 196, 248}));
}

TEST(Preview, OfALatentWithOtherChannelsStretchesTheFirstThree) {
  at::Tensor values = at::zeros({1, 9, 1, 3});
  values.select(1, 0).copy_(at::tensor({-4.0f, 4.0f, -2.0f}).view({1, 1, 3}));
  const Preview preview = preview_of(Value::of(Latent{values}));
  EXPECT_EQ(preview.rgb, (Bytes{0, 127, 127, 255, 127, 127, 63, 127, 127}));
}

TEST(Preview, IsEmptyForATensorThatIsNoPicture) {
  for (const at::Tensor& odd : {at::Tensor(), at::zeros({3, 4}), at::zeros({1, 2, 4, 4}),
                                at::zeros({0, 3, 4, 4}), at::zeros({1, 3, 0, 4})}) {
    const Preview preview = preview_of(Value::of(Image{odd}));
    EXPECT_EQ(preview.width, 0);
    EXPECT_EQ(preview.height, 0);
    EXPECT_TRUE(preview.rgb.empty());
  }
  EXPECT_EQ(preview_of(Value::of(Latent{at::Tensor()})).width, 0);
}

}  // namespace
}  // namespace calotype
