#include "unet/training_schedule.h"

#include <gtest/gtest.h>

#include <cmath>

#include "calotype/types/aten.h"

namespace calotype {
namespace {

double at_step(const at::Tensor& alphas, int t) { return alphas[t].item<double>(); }

TEST(TrainingSchedule, HasThePublishedValues) {
  const at::Tensor alphas = alphas_cumprod(usual_schedule(ModelFamily::sd1));
  EXPECT_NEAR(at_step(alphas, 0), 0.99915, 1e-12);
  EXPECT_NEAR(at_step(alphas, 401), 0.422882, 5e-7);
  EXPECT_NEAR(at_step(alphas, 999), 0.0046600985, 5e-11);
  const at::Tensor x4 = alphas_cumprod(usual_schedule(ModelFamily::x4_upscaler));
  const auto sigma = [&](int t) { return std::sqrt((1 - at_step(x4, t)) / at_step(x4, t)); };
  EXPECT_NEAR(sigma(0), 0.0100005, 5e-8);
  EXPECT_NEAR(sigma(999), 36.9119, 5e-5);
}

TEST(TrainingSchedule, EndsInNoiseAloneWhenRescaled) {
  const at::Tensor usual = alphas_cumprod({});
  const at::Tensor zero = alphas_cumprod({.zero_terminal_snr = true});
  EXPECT_NEAR(at_step(zero, 0), at_step(usual, 0), 1e-12);
  EXPECT_EQ(at_step(zero, 999), std::exp2(-24.0));
  EXPECT_LT(at_step(zero, 500), at_step(usual, 500));
  EXPECT_TRUE((zero.slice(0, 1) < zero.slice(0, 0, -1)).all().item<bool>());
}

}  // namespace
}  // namespace calotype
