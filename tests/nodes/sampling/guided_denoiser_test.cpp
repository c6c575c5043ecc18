#include "sampling/guided_denoiser.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "calotype/error.h"
#include "support/toy_denoiser.h"

namespace calotype {
namespace {

using test::toy_context;
using test::ToyDenoiser;
using testing::ElementsAre;

at::Tensor latent(std::int64_t batch) {
  return at::linspace(-20, 20, batch * 4 * 2 * 3, at::kFloat).reshape({batch, 4, 2, 3});
}

/// What the toy network answers to an input that is scaled already.
at::Tensor answer(const at::Tensor& input, double timestep, double text) {
  const Conditioning context{at::full({input.size(0), 77, 8}, text)};
  return ToyDenoiser()
      .begin({.context = context.context})
      ->predict(input, at::full({input.size(0)}, timestep, at::kFloat));
}

TEST(GuidedDenoiser, EvaluatesBothSidesInOneBatch) {
  const ToyDenoiser toy;
  const Conditioning positive{toy_context(0.3)};
  const Conditioning negative{toy_context(-0.2)};
  GuidedDenoiser model(toy, positive, &negative, {7.5}, {2, 2, 3});
  const at::Tensor x = latent(2);
  const double sigma = 3.3;
  const at::Tensor denoised = model.denoise(x, sigma);

  EXPECT_THAT(toy.calls().contexts, ElementsAre(ElementsAre(4, 77, 8)));
  EXPECT_THAT(toy.calls().batches, ElementsAre(4));
  const double t = model.table().timestep(sigma);
  EXPECT_NEAR(toy.calls().timesteps[0], t, 1e-3);
  const at::Tensor input = x / std::sqrt(sigma * sigma + 1);
  const at::Tensor with = x - sigma * answer(input, t, 0.3);
  const at::Tensor without = x - sigma * answer(input, t, -0.2);
  EXPECT_TRUE(at::allclose(denoised, without + 7.5 * (with - without), 1e-4, 1e-4));
}

TEST(GuidedDenoiser, EvaluatesContextsOfOtherLengthsSeparately) {
  const ToyDenoiser toy;
  const Conditioning positive{toy_context(0.3, 154)};
  const Conditioning negative{toy_context(-0.2, 77)};
  GuidedDenoiser model(toy, positive, &negative, {7.5}, {2, 2, 3});
  const at::Tensor apart = model.denoise(latent(2), 2);
  EXPECT_THAT(toy.calls().contexts, ElementsAre(ElementsAre(2, 154, 8), ElementsAre(2, 77, 8)));
  EXPECT_THAT(toy.calls().batches, ElementsAre(2, 2));

  const Conditioning same_length{toy_context(0.3, 77)};
  GuidedDenoiser together(toy, same_length, &negative, {7.5}, {2, 2, 3});
  EXPECT_TRUE(at::allclose(apart, together.denoise(latent(2), 2), 1e-5, 1e-5));
}

TEST(GuidedDenoiser, SkipsTheNegativeAtScaleOneAndWithoutIt) {
  const ToyDenoiser toy;
  const Conditioning positive{toy_context(0.3)};
  const Conditioning negative{toy_context(-0.2)};
  GuidedDenoiser at_one(toy, positive, &negative, {1}, {3, 2, 3});
  GuidedDenoiser alone(toy, positive, nullptr, {7.5}, {3, 2, 3});
  EXPECT_TRUE(at::equal(at_one.denoise(latent(3), 2), alone.denoise(latent(3), 2)));
  EXPECT_THAT(toy.calls().batches, ElementsAre(3, 3));
}

TEST(GuidedDenoiser, TurnsVelocityIntoTheCleanPicture) {
  const ToyDenoiser toy({.prediction = Prediction::v});
  GuidedDenoiser model(toy, {toy_context(0.3)}, nullptr, {1}, {1, 2, 3});
  const at::Tensor x = latent(1);
  const double sigma = 0.7;
  const double c_in = 1 / std::sqrt(sigma * sigma + 1);
  const at::Tensor v = answer(x * c_in, model.table().timestep(sigma), 0.3);
  EXPECT_TRUE(
      at::allclose(model.denoise(x, sigma), x * c_in * c_in - sigma * c_in * v, 1e-5, 1e-5));
}

TEST(GuidedDenoiser, RejectsContextOfAnotherBatch) {
  const Conditioning positive{at::zeros({3, 77, 8})};
  try {
    GuidedDenoiser(ToyDenoiser(), positive, nullptr, {7}, {2, 2, 3});
    FAIL();
  } catch (const Error& e) {
    EXPECT_STREQ(e.what(),
                 "the positive conditioning must have the shape [1, T, C] or [2, T, C], got [3, "
                 "77, 8]");
  }
}

/// A conditioning with the channels of a picture.
Conditioning with_picture(double text, double picture) {
  Conditioning c{toy_context(text)};
  c.channels = at::full({1, 4, 2, 3}, picture);
  return c;
}

TEST(GuidedDenoiser, GuidesByThePictureToo) {
  const ToyDenoiser toy({.extra_channels = 4});
  const Conditioning positive = with_picture(0.3, 0.7);
  const Conditioning negative{toy_context(-0.2)};
  GuidedDenoiser model(toy, positive, &negative, {7.5, 1.5}, {1, 2, 3});
  const at::Tensor denoised = model.denoise(latent(1), 2);
  EXPECT_THAT(toy.calls().batches, ElementsAre(3));

  const auto alone = [&](double text, double picture) {
    GuidedDenoiser one(toy, with_picture(text, picture), nullptr, {1}, {1, 2, 3});
    return one.denoise(latent(1), 2);
  };
  const at::Tensor wanted = alone(0.3, 0.7), unwanted = alone(-0.2, 0.7), none = alone(-0.2, 0);
  const at::Tensor expected = none + 7.5 * (wanted - unwanted) + 1.5 * (unwanted - none);
  EXPECT_TRUE(at::allclose(denoised, expected, 1e-4, 1e-4));
}

TEST(GuidedDenoiser, RefusesGuidanceByAPictureThatTheModelDoesNotTake) {
  const Conditioning both{toy_context(0.3)};
  try {
    GuidedDenoiser(ToyDenoiser(), both, &both, {7.5, 1.5}, {1, 2, 3});
    FAIL();
  } catch (const Error& e) {
    EXPECT_STREQ(e.what(),
                 "image_cfg_scale needs a model that edits a picture, the model is toy\n"
                 "  hint: leave image_cfg_scale out, or load an InstructPix2Pix model");
  }
}

}  // namespace
}  // namespace calotype
