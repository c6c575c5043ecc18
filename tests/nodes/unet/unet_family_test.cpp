#include "unet/unet_family.h"

#include <gtest/gtest.h>

#include "calotype/types/aten.h"

namespace calotype {

namespace {

/// Transformer blocks of each level's only residual block.
UNetConfig with_levels(std::initializer_list<std::int64_t> depths) {
  UNetConfig config;
  for (const std::int64_t depth : depths)
    config.levels.push_back({.channels = 64, .down = {depth}});
  return config;
}

UNetConfig sd1(std::int64_t channels = 4) {
  UNetConfig config = with_levels({1, 1, 1, 0});
  config.in_channels = channels;
  return config;
}

UNetConfig sd2(std::int64_t channels = 4) {
  UNetConfig config = sd1(channels);
  config.linear_projections = true;
  return config;
}

UNetConfig upscaler() {
  UNetConfig config = with_levels({0, 1, 1, 1});
  config.in_channels = 7;
  config.linear_projections = true;
  config.noise_levels = 1000;
  return config;
}

UNetConfig with_vector(UNetConfig config) {
  config.linear_projections = true;
  config.vector_width = 2048;
  return config;
}

UNetConfig sdxl(std::int64_t channels = 4) {
  UNetConfig config = with_vector(with_levels({0, 2, 10}));
  config.in_channels = channels;
  return config;
}

UNetConfig refiner() { return with_vector(with_levels({0, 4, 4, 0})); }

TEST(UNetFamily, NamesThePublishedNetworks) {
  EXPECT_EQ(family_name(sd1()), "SD 1.x");
  EXPECT_EQ(family_name(sd1(9)), "SD 1.x inpainting");
  EXPECT_EQ(family_name(sd1(8)), "SD 1.x InstructPix2Pix");
  EXPECT_EQ(family_name(sd1(16)), "SD 1.x with 16 input channels");
  EXPECT_EQ(family_name(sd2()), "SD 2.x");
  EXPECT_EQ(family_name(sd2(9)), "SD 2.x inpainting");
  EXPECT_EQ(family_name(sd2(5)), "SD 2.x depth");
  EXPECT_EQ(family_name(with_vector(sd2())), "SD 2.x unCLIP");
  EXPECT_EQ(family_name(upscaler()), "the x4 upscaler");
  EXPECT_EQ(family_name(sdxl()), "SDXL base");
  EXPECT_EQ(family_name(sdxl(9)), "SDXL inpainting");
  EXPECT_EQ(family_name(refiner()), "SDXL refiner");
}

TEST(UNetFamily, SaysWhatTheExtraVectorIsMadeOf) {
  const auto kind = [](const UNetConfig& config) { return vector_kind(family_of(config)); };
  EXPECT_EQ(kind(sd1()), VectorKind::none);
  EXPECT_EQ(kind(sd2(9)), VectorKind::none);
  EXPECT_EQ(kind(upscaler()), VectorKind::noise_level);
  EXPECT_EQ(kind(with_vector(sd2())), VectorKind::image);
  EXPECT_EQ(kind(sdxl()), VectorKind::sdxl);
  EXPECT_EQ(kind(refiner()), VectorKind::sdxl_refiner);
}

TEST(UNetFamily, KnowsThePredictionWhereOnlyOneWasPublished) {
  EXPECT_EQ(usual_prediction(sd1()), Prediction::epsilon);
  EXPECT_EQ(usual_prediction(sd1(8)), Prediction::epsilon);
  EXPECT_EQ(usual_prediction(sd2()), std::nullopt);
  EXPECT_EQ(usual_prediction(sd2(9)), Prediction::epsilon);
  EXPECT_EQ(usual_prediction(sd2(5)), Prediction::epsilon);
  EXPECT_EQ(usual_prediction(upscaler()), Prediction::v);
  EXPECT_EQ(usual_prediction(with_vector(sd2())), Prediction::v);
  EXPECT_EQ(usual_prediction(sdxl()), Prediction::epsilon);
  EXPECT_EQ(usual_prediction(refiner()), Prediction::epsilon);
}

TEST(TrainingSchedule, HasThePublishedValues) {
  const at::Tensor alphas = training_alphas_cumprod(UNetFamily::sd1);
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

TEST(TrainingSchedule, OfTheUpscalerHasThePublishedEnds) {
  const at::Tensor alphas = training_alphas_cumprod(UNetFamily::x4_upscaler);
  ASSERT_EQ(alphas.sizes().vec(), std::vector<std::int64_t>{1000});
  const auto sigma = ((1.0 - alphas) / alphas).sqrt();
  EXPECT_NEAR(sigma[0].item<double>(), 0.0100005, 5e-8);
  EXPECT_NEAR(sigma[999].item<double>(), 36.9119, 5e-5);
}

}  // namespace

}  // namespace calotype
