#include "calotype/types/testing.h"

#include <gtest/gtest.h>

#include <cmath>

#include "calotype/error.h"
#include "calotype/types/aten.h"

namespace calotype {
namespace {

using kit::difference;

std::string message_of(const std::function<void()>& body) {
  try {
    body();
  } catch (const Error& e) {
    return e.what();
  }
  return "nothing was thrown";
}

TEST(TestingDifference, IsEmptyForEqualTensors) {
  const at::Tensor t = at::rand({2, 3});
  EXPECT_EQ(difference(t, t.clone()), "");
  EXPECT_EQ(difference(t.t(), t.t().contiguous()), "");
  EXPECT_EQ(difference(at::Tensor(), at::Tensor()), "");
  EXPECT_EQ(difference(at::empty({0, 3}), at::empty({0, 3})), "");
}

TEST(TestingDifference, SaysWhereTensorsDifferFirstAndMost) {
  const at::Tensor expected = at::zeros({2, 3, 4});
  const at::Tensor got = expected.clone();
  got[0][2][1] = 0.25;
  got[1][0][3] = -2;
  EXPECT_EQ(difference(got, expected),
            "differs first at [0, 2, 1]: expected 0, got 0.25; 2 of 24 values differ, the largest "
            "difference is 2 at [1, 0, 3]");
}

TEST(TestingDifference, AllowsWhatTheTolerancesSay) {
  const at::Tensor expected = at::tensor({1.0, 100.0});
  const at::Tensor got = at::tensor({1.5, 101.0});
  EXPECT_EQ(difference(got, expected, 1.0), "");
  EXPECT_EQ(difference(got, expected, 0, 0.5), "");
  EXPECT_EQ(difference(got, expected, 0.4, 0.01),
            "differs first at [0]: expected 1, got 1.5; 1 of 2 values differ, the largest "
            "difference is 0.5 at [0]");
}

TEST(TestingDifference, KeepsTheLastDigitsOfIntegers) {
  const std::int64_t large = (std::int64_t{1} << 60) + 1;
  EXPECT_EQ(difference(at::tensor({large}, at::kLong), at::tensor({large - 1}, at::kLong)),
            "differs first at [0]: expected 1152921504606846976, got 1152921504606846977; 1 of 1 "
            "values differ, the largest difference is 1 at [0]");
}

TEST(TestingDifference, TreatsNanAndInfinityAsEqualToThemselvesOnly) {
  const at::Tensor odd = at::tensor({NAN, INFINITY, -INFINITY});
  EXPECT_EQ(difference(odd, odd.clone()), "");
  EXPECT_EQ(difference(odd, odd.clone(), 0.1), "");
  EXPECT_EQ(difference(odd, at::tensor({0.0F, INFINITY, -INFINITY}), 0.1),
            "differs first at [0]: expected 0, got nan; 1 of 3 values differ, the largest "
            "difference is inf at [0]");
  EXPECT_NE(difference(at::tensor({1.0F}), at::tensor({NAN}), 1e9), "");
  EXPECT_NE(difference(at::tensor({INFINITY}), at::tensor({-INFINITY}), 1e9, 1e9), "");
}

TEST(TestingDifference, ComparesShapesAndTypesFirst) {
  EXPECT_EQ(difference(at::zeros({2, 3}), at::zeros({3, 2})), "expected shape [3, 2], got [2, 3]");
  EXPECT_EQ(difference(at::zeros({2}, at::kDouble), at::zeros({2})),
            "expected type Float, got Double");
  EXPECT_EQ(difference(at::Tensor(), at::zeros({2})), "expected shape [2], got no tensor");
  EXPECT_EQ(difference(at::zeros({2}), at::Tensor()), "expected no tensor, got shape [2]");
}

TEST(TestingDifference, WorksForScalarsAndBooleans) {
  EXPECT_EQ(difference(at::scalar_tensor(2), at::scalar_tensor(3)),
            "differs first at []: expected 3, got 2; 1 of 1 values differ, the largest difference "
            "is 1 at []");
  EXPECT_EQ(difference(at::tensor({1, 0}).to(at::kBool), at::tensor({1, 1}).to(at::kBool)),
            "differs first at [1]: expected 1, got 0; 1 of 2 values differ, the largest difference "
            "is 1 at [1]");
}

TEST(TestingImages, AGradientRunsFromLeftToRightAndFromTopToBottom) {
  const at::Tensor t = kit::gradient_image(5, 3, 2).pixels;
  ASSERT_EQ(t.sizes(), (std::vector<std::int64_t>{2, 3, 3, 5}));
  EXPECT_TRUE(t.is_contiguous());
  EXPECT_EQ(difference(t[1][0][2], at::tensor({0.0F, 0.25F, 0.5F, 0.75F, 1.0F})), "");
  EXPECT_EQ(difference(t[0][1].select(1, 4), at::tensor({0.0F, 0.5F, 1.0F})), "");
  EXPECT_NEAR(t[0][2][0][0].item<double>(), 1.0 / 3, 1e-7);
  EXPECT_NEAR(t[1][2][2][4].item<double>(), 2.0 / 3, 1e-7);
  EXPECT_EQ(kit::gradient_image(1, 1).pixels.sum().item<double>(), 0.5);
}

TEST(TestingImages, NoiseDependsOnItsSeedAlone) {
  const at::Tensor t = kit::noise_image(16, 8, 7).pixels;
  ASSERT_EQ(t.sizes(), (std::vector<std::int64_t>{1, 3, 8, 16}));
  EXPECT_EQ(difference(kit::noise_image(16, 8, 7).pixels, t), "");
  EXPECT_NE(difference(kit::noise_image(16, 8, 8).pixels, t), "");
  EXPECT_GE(t.min().item<double>(), 0);
  EXPECT_LT(t.max().item<double>(), 1);
  EXPECT_NEAR(t.mean().item<double>(), 0.5, 0.1);
}

TEST(TestingMasks, ABoxIsCutOffAtTheEdges) {
  const at::Tensor t = kit::box_mask(4, 3, {.left = 2, .top = -1, .width = 9, .height = 2}).alpha;
  EXPECT_EQ(difference(
                t, at::tensor({0, 0, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0}, at::kFloat).view({1, 1, 3, 4})),
            "");
  EXPECT_EQ(kit::box_mask(4, 3, {.left = 9, .top = 9, .width = 1, .height = 1})
                .alpha.sum()
                .item<double>(),
            0);
}

TEST(TestingLatents, HaveAnEighthOfThePicturesSize) {
  const at::Tensor t = kit::noise_latent(64, 32, 1, 16, 2).values;
  EXPECT_EQ(t.sizes(), (std::vector<std::int64_t>{2, 16, 4, 8}));
  EXPECT_NEAR(t.std().item<double>(), 1, 0.1);
}

TEST(TestingValues, RefuseSizesThatMakeNoSense) {
  EXPECT_EQ(message_of([] { kit::gradient_image(0, 8); }),
            "a test value was asked for with width 0, height 8 and count 1: expected at least 1 of "
            "each");
  EXPECT_EQ(message_of([] { kit::noise_latent(64, 60, 1); }),
            "a test latent was asked for with 64 x 60 px: expected multiples of 8");
}

}  // namespace
}  // namespace calotype
