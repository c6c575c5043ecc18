#include "upscale/low_res_condition.h"

#include <gtest/gtest.h>

#include "calotype/types/aten.h"
#include "support/error_text.h"

namespace calotype {
namespace {

LowResCondition::Outputs run(const at::Tensor& pixels, const LowResCondition::Params& p,
                             const Conditioning& text = {.context = at::zeros({1, 77, 8})}) {
  RunContext context;
  return LowResCondition::run({text, {pixels}}, p, context);
}

TEST(LowResCondition, GivesALatentPixelForEachPixel) {
  const auto out = run(at::rand({2, 3, 5, 7}), {});
  EXPECT_TRUE(at::equal(out.latent.values, at::zeros({2, 4, 5, 7})));
  EXPECT_EQ(out.conditioning.noise_level, 20);
  EXPECT_EQ(out.conditioning.context.sizes(), (std::vector<std::int64_t>{1, 77, 8}));
}

TEST(LowResCondition, ReplacesThePictureByNoise) {
  const at::Tensor pixels = at::full({1, 3, 64, 64}, 1.0);
  const at::Tensor least = run(pixels, {.noise_level = 0}).conditioning.channels;
  EXPECT_NEAR(least.mean().item<double>(), 1, 1e-3);
  EXPECT_NEAR(least.std().item<double>(), 0.01, 1e-3);
  const at::Tensor most = run(pixels, {.noise_level = 999}).conditioning.channels;
  EXPECT_NEAR(most.mean().item<double>(), 0.027, 0.03);
  EXPECT_NEAR(most.std().item<double>(), 1, 0.03);
}

TEST(LowResCondition, PicturesOfABatchEqualSingleOnes) {
  const at::Tensor pixels = at::rand({3, 3, 4, 4});
  const at::Tensor all = run(pixels, {.seed = 5}).conditioning.channels;
  for (std::int64_t i = 0; i < 3; ++i) {
    const auto seed = static_cast<std::uint64_t>(5 + i);
    const at::Tensor one = run(pixels.narrow(0, i, 1), {.seed = seed}).conditioning.channels;
    EXPECT_TRUE(at::equal(one, all.narrow(0, i, 1)));
  }
}

TEST(LowResCondition, SaysWhatItCannotTake) {
  EXPECT_EQ(test::error_text([] {
              run(at::zeros({1, 4, 8, 8}), {});
            }),
            "the image must have the shape [B, 3, H, W], got [1, 4, 8, 8]");
  EXPECT_EQ(test::error_text([] {
              run(at::zeros({1, 3, 8, 8}), {},
                  {.context = at::zeros({1, 77, 8}), .channels = at::zeros({1, 1, 8, 8})});
            }),
            "the conditioning has extra channels already\n"
            "  hint: connect the output of TextEncode");
}

}  // namespace
}  // namespace calotype
