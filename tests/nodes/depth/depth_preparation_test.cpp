#include "depth/depth_preparation.h"

#include <gtest/gtest.h>

#include <utility>

#include "calotype/error.h"
#include "calotype/types/aten.h"
#include "depth/pillow_resize.h"

namespace calotype {

namespace {

std::pair<std::int64_t, std::int64_t> size_of(const DepthPreparation& p, std::int64_t height,
                                              std::int64_t width) {
  const PreparedSize size = prepared_size(p, height, width);
  return {size.height, size.width};
}

const DepthPreparation kDepthAnything{
    .width = 518, .height = 518, .rule = DepthSizeRule::lower_bound, .multiple = 14};

TEST(DepthPreparation, MinimalTakesTheSideWhoseScaleIsNearerToOne) {
  const DepthPreparation midas;
  EXPECT_EQ(size_of(midas, 512, 512), std::pair(384L, 384L));
  EXPECT_EQ(size_of(midas, 512, 768), std::pair(384L, 576L));
  EXPECT_EQ(size_of(midas, 300, 500), std::pair(224L, 384L));
}

TEST(DepthPreparation, LowerBoundLeavesNoSideBelow) {
  EXPECT_EQ(size_of(kDepthAnything, 480, 640), std::pair(518L, 686L));
  EXPECT_EQ(size_of(kDepthAnything, 1000, 500), std::pair(1036L, 518L));
}

TEST(DepthPreparation, NoSideVanishes) { EXPECT_EQ(size_of({}, 16, 16'384), std::pair(32L, 384L)); }

TEST(DepthPreparation, RefusesWhatWouldBecomeTooLarge) {
  try {
    prepared_size(kDepthAnything, 1, 16'384);
    FAIL();
  } catch (const Error& e) {
    EXPECT_STREQ(e.what(),
                 "a picture of 16384 x 1 px is too narrow for this depth model, which would "
                 "compute it at 8486912 x 518 px\n"
                 "  hint: crop the picture to milder proportions");
  }
}

TEST(DepthPreparation, NormalisesEachChannel) {
  const DepthPreparation p{.width = 32,
                           .height = 32,
                           .filter = DepthFilter::pillow_bicubic,
                           .mean = {0.1, 0.2, 0.3},
                           .deviation = {1.0, 0.5, 0.25}};
  const at::Tensor x = prepare_picture(p, at::full({1, 3, 40, 50}, 102.0 / 255.0));
  EXPECT_NEAR(x[0][0].mean().item<double>(), 0.3, 1e-6);
  EXPECT_NEAR(x[0][1].mean().item<double>(), 0.4, 1e-6);
  EXPECT_NEAR(x[0][2].mean().item<double>(), 0.4, 1e-6);
}

TEST(PillowResize, KeepsAPictureOfTheSameSize) {
  const at::Tensor x = at::randint(256, {3, 5, 7}, at::kByte);
  EXPECT_TRUE(at::equal(pillow_resize(x, 5, 7, PillowFilter::bicubic), x));
}

// Values of Pillow 13.0: Image.fromarray(row).resize((4, 1), BILINEAR) and ((3, 1), BICUBIC).
TEST(PillowResize, GivesPillowsNumbers) {
  const at::Tensor row = at::tensor({0, 255, 10, 200, 30, 90, 255, 0}, at::kByte).view({1, 1, 8});
  EXPECT_TRUE(at::equal(pillow_resize(row, 1, 4, PillowFilter::bilinear).flatten(),
                        at::tensor({111, 114, 102, 122}, at::kByte)));
  EXPECT_TRUE(at::equal(pillow_resize(row, 1, 3, PillowFilter::bicubic).flatten(),
                        at::tensor({114, 103, 122}, at::kByte)));
}

}  // namespace

}  // namespace calotype
