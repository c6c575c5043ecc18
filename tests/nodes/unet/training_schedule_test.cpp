#include "unet/training_schedule.h"

#include <gtest/gtest.h>

#include <cmath>

#include "calotype/types/aten.h"

namespace calotype {
namespace {

double at_step(const at::Tensor& alphas, int t) { return alphas[t].item<double>(); }
double sigma(const at::Tensor& alphas, int t) {
  return std::sqrt((1 - at_step(alphas, t)) / at_step(alphas, t));
}

TEST(TrainingSchedule, HasThePublishedValues) {
  const at::Tensor alphas = alphas_cumprod(usual_schedule(ModelFamily::sd1));
  ASSERT_EQ(alphas.scalar_type(), at::kDouble);
  ASSERT_EQ(alphas.sizes().vec(), std::vector<std::int64_t>{1000});
  EXPECT_NEAR(at_step(alphas, 0), 0.99915, 1e-12);
  const std::pair<int, double> table[] = {{1, 0.998296},   {51, 0.950524},  {201, 0.752143},
                                          {401, 0.422882}, {601, 0.159816}, {801, 0.036547},
                                          {951, 0.008155}, {981, 0.005776}};
  for (const auto& [t, value] : table) EXPECT_NEAR(at_step(alphas, t), value, 5e-7);
  EXPECT_NEAR(at_step(alphas, 999), 0.0046600985, 5e-11);
  EXPECT_NEAR(sigma(alphas, 0), 0.0291671582, 5e-11);
  EXPECT_NEAR(sigma(alphas, 999), 14.6146412293, 5e-11);
}

TEST(TrainingSchedule, OfTheUpscalerHasThePublishedEnds) {
  const at::Tensor alphas = alphas_cumprod(usual_schedule(ModelFamily::x4_upscaler));
  EXPECT_NEAR(sigma(alphas, 0), 0.0100005, 5e-8);
  EXPECT_NEAR(sigma(alphas, 999), 36.9119, 5e-5);
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
