#include "unet/unet_denoiser.h"

#include <gtest/gtest.h>

#include "calotype/types/aten.h"

namespace calotype {

namespace {

TEST(TrainingSchedule, HasThePublishedValues) {
  const at::Tensor alphas = training_alphas_cumprod();
  ASSERT_EQ(alphas.scalar_type(), at::kDouble);
  ASSERT_EQ(alphas.sizes().vec(), std::vector<std::int64_t>{1000});
  const auto at_step = [&](std::int64_t t) { return alphas[t].item<double>(); };
  EXPECT_NEAR(at_step(0), 0.99915, 1e-12);
  EXPECT_NEAR(at_step(1), 0.998296, 5e-7);
  EXPECT_NEAR(at_step(51), 0.950524, 5e-7);
  EXPECT_NEAR(at_step(201), 0.752143, 5e-7);
  EXPECT_NEAR(at_step(401), 0.422882, 5e-7);
  EXPECT_NEAR(at_step(601), 0.159816, 5e-7);
  EXPECT_NEAR(at_step(801), 0.036547, 5e-7);
  EXPECT_NEAR(at_step(951), 0.008155, 5e-7);
  EXPECT_NEAR(at_step(981), 0.005776, 5e-7);
  EXPECT_NEAR(at_step(999), 0.0046600985, 5e-11);
  const auto sigma = ((1.0 - alphas) / alphas).sqrt();
  EXPECT_NEAR(sigma[0].item<double>(), 0.0291671582, 5e-11);
  EXPECT_NEAR(sigma[999].item<double>(), 14.6146412293, 5e-11);
}

}  // namespace

}  // namespace calotype
