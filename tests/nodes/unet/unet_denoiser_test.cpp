#include "unet/unet_denoiser.h"

#include <gtest/gtest.h>

#include "calotype/types/aten.h"
#include "support/error_text.h"
#include "support/map_weights.h"

namespace calotype {

namespace {

/// Conditions are checked before any weight is looked for, so none are needed.
DenoiserHandle denoiser(const UNetConfig& config, std::optional<Prediction> prediction = {}) {
  return make_unet_denoiser(
      std::make_shared<const test::MapWeights>(std::map<std::string, at::Tensor, std::less<>>()),
      config, {}, prediction);
}

UNetConfig sd2() {
  UNetConfig config;
  config.levels = {{.channels = 64, .heads = 1, .down = {1}, .up = {1, 1}}};
  config.linear_projections = true;
  config.context_width = 8;
  return config;
}

std::string begin_error(const UNetConfig& config, const DenoiserInput& input) {
  return test::error_text([&] { denoiser(config)->begin(input); });
}

TEST(UNetDenoiser, SaysWhatItsNetworkTakes) {
  UNetConfig config = sd2();
  config.in_channels = 9;
  config.vector_width = 12;
  const auto model = denoiser(config, Prediction::epsilon);
  EXPECT_EQ(model->family(), "SD 2.x unCLIP inpainting");
  EXPECT_EQ(model->latent_channels(), 4);
  EXPECT_EQ(model->input_channels(), 9);
  EXPECT_EQ(model->context_width(), 8);
  EXPECT_EQ(model->vector_width(), 12);
  EXPECT_EQ(model->vector_kind(), VectorKind::image);
  EXPECT_EQ(model->prediction(), Prediction::epsilon);
}

TEST(UNetDenoiser, TakesThePredictionOfItsFamilyWithoutAnother) {
  UNetConfig config = sd2();
  config.noise_levels = 10;
  EXPECT_EQ(denoiser(config)->prediction(), Prediction::v);
  EXPECT_EQ(denoiser(config, Prediction::epsilon)->prediction(), Prediction::epsilon);
}

TEST(UNetDenoiser, NeedsTheWeightsWhereOnlyTheOutputTellsThePrediction) {
  const auto model = denoiser(sd2());
  EXPECT_NE(test::error_text([&] { model->prediction(); }).find("missing"), std::string::npos);
}

TEST(UNetDenoiser, RejectsAContextOfAnotherWidth) {
  EXPECT_EQ(begin_error(sd2(), {.context = at::zeros({2, 77, 7})}),
            "the denoiser takes a text context [B, T, 8], got [2, 77, 7]\n"
            "  hint: the text encoder is of another kind of model");
}

TEST(UNetDenoiser, RejectsAVectorOfAnotherShape) {
  UNetConfig config = sd2();
  config.vector_width = 12;
  const at::Tensor context = at::zeros({2, 77, 8});
  EXPECT_EQ(begin_error(config, {.context = context}),
            "the denoiser takes a vector [2, 12], got none");
  EXPECT_EQ(begin_error(config, {.context = context, .vector = at::zeros({1, 12})}),
            "the denoiser takes a vector [2, 12], got [1, 12]");
}

TEST(UNetDenoiser, RejectsNoiseLevelsOutOfItsTable) {
  UNetConfig config = sd2();
  config.noise_levels = 10;
  const at::Tensor context = at::zeros({2, 77, 8});
  EXPECT_EQ(begin_error(config, {.context = context}),
            "the denoiser takes integer noise levels [2], got none");
  const auto levels = [&](std::int64_t first, std::int64_t second) {
    return DenoiserInput{.context = context, .noise_levels = at::tensor({first, second})};
  };
  EXPECT_EQ(begin_error(config, levels(3, 10)), "the denoiser takes noise levels 0..9, got 10");
  EXPECT_EQ(begin_error(config, levels(-1, 3)), "the denoiser takes noise levels 0..9, got -1");
}

}  // namespace

}  // namespace calotype
