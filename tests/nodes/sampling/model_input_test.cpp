#include "sampling/model_input.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <optional>

#include "support/error_text.h"
#include "support/shape_denoiser.h"

namespace calotype {
namespace {

using test::ShapeDenoiser;

constexpr LatentSize kInputSize{2, 3, 5};

Conditioning text(double value = 0.5, std::int64_t tokens = 77) {
  return {.context = at::full({1, tokens, 8}, value)};
}

Conditioning with_channels(std::int64_t channels) {
  Conditioning c = text();
  c.channels = at::ones({1, channels, kInputSize.height, kInputSize.width});
  return c;
}

ShapeDenoiser inpainting() { return ShapeDenoiser({"SD 1.x inpainting", 5}); }
ShapeDenoiser upscaler() {
  return ShapeDenoiser({"the x4 upscaler", 3, VectorKind::noise_level, 0});
}

std::string model_input_error(const Denoiser& model, const Conditioning& c,
                              Side side = Side::positive) {
  return test::error_text([&] { model_input(model, c, side, kInputSize); });
}

TEST(ModelInput, RepeatsTheConditioningForTheBatch) {
  const ModelInput input = model_input(inpainting(), with_channels(5), Side::positive, kInputSize);
  EXPECT_TRUE(at::equal(input.conditions.context, at::full({2, 77, 8}, 0.5)));
  EXPECT_TRUE(at::equal(input.channels, at::ones({2, 5, 3, 5})));
  EXPECT_FALSE(input.conditions.vector.defined());
  EXPECT_FALSE(input.conditions.noise_levels.defined());
}

TEST(ModelInput, KeepsExtraChannelsOfEachPicture) {
  Conditioning c = text();
  c.channels = at::arange(2 * 5 * 3 * 5, at::kFloat).reshape({2, 5, 3, 5});
  const ModelInput input = model_input(inpainting(), c, Side::positive, kInputSize);
  EXPECT_TRUE(at::equal(input.channels, c.channels));
}

TEST(ModelInput, GivesTheNoiseLevelToEachPicture) {
  Conditioning c = with_channels(3);
  c.noise_level = 20;
  const ModelInput input = model_input(upscaler(), c, Side::positive, kInputSize);
  EXPECT_TRUE(at::equal(input.conditions.noise_levels, at::full({2}, 20, at::kLong)));
}

TEST(ModelInput, RejectsAContextOfAnotherBatch) {
  EXPECT_EQ(model_input_error(ShapeDenoiser(), {.context = at::zeros({3, 77, 8})}, Side::negative),
            "the negative conditioning must have the shape [1, T, C] or [2, T, C], got [3, 77, 8]");
}

TEST(ModelInput, NamesTheNodeThatMakesMissingChannels) {
  EXPECT_EQ(model_input_error(inpainting(), text()),
            "the model is SD 1.x inpainting and takes 5 extra channels, the positive conditioning "
            "has 0\n  hint: put an InpaintCondition between TextEncode and Sample");
  EXPECT_EQ(model_input_error(ShapeDenoiser({"SD 2.x depth", 1}), text(), Side::negative),
            "the model is SD 2.x depth and takes 1 extra channels, the negative conditioning has "
            "0\n  hint: put a DepthCondition between TextEncode and Sample");
  EXPECT_EQ(model_input_error(upscaler(), text()),
            "the model is the x4 upscaler and takes a noise level, the positive conditioning has "
            "none\n  hint: put a LowResCondition between TextEncode and Sample");
  EXPECT_EQ(model_input_error(ShapeDenoiser({"SD 1.x InstructPix2Pix", 4}), text()),
            "the model is SD 1.x InstructPix2Pix and takes 4 extra channels, the positive "
            "conditioning has 0\n  hint: put an EditCondition between TextEncode and Sample");
}

TEST(ModelInput, RejectsChannelsThatTheModelDoesNotTake) {
  EXPECT_EQ(model_input_error(ShapeDenoiser(), with_channels(5)),
            "the model is SD 1.x and takes 0 extra channels, the positive conditioning has 5\n"
            "  hint: load an inpainting model, or take out the node that adds them");
  EXPECT_EQ(model_input_error(ShapeDenoiser(), with_channels(1)),
            "the model is SD 1.x and takes 0 extra channels, the positive conditioning has 1\n"
            "  hint: load a depth model, or take out the node that adds them");
}

TEST(ModelInput, RejectsChannelsOfAnotherSize) {
  Conditioning c = text();
  c.channels = at::ones({1, 5, 3, 4});
  EXPECT_EQ(model_input_error(inpainting(), c),
            "the extra channels of the positive conditioning must have the size of the latent, "
            "[2, 5, 3, 5], got [1, 5, 3, 4]\n"
            "  hint: give the noise the size of the picture that the conditioning was made from");
}

TEST(ModelInput, RejectsAConditioningWithoutNoiseLevel) {
  EXPECT_EQ(model_input_error(upscaler(), with_channels(3)),
            "the model is the x4 upscaler and takes a noise level, the positive conditioning has "
            "none\n  hint: put a LowResCondition between TextEncode and Sample");
}

TEST(CompleteNegative, TakesWhatSaysWhatThePictureIs) {
  Conditioning positive = with_channels(5);
  positive.sizes = PictureSizes{.original_width = 320};
  positive.noise_level = 7;
  positive.pooled = at::ones({1, 4});
  positive.aesthetic_score = 9;
  const Conditioning negative = complete_negative(text(-1), positive);
  EXPECT_TRUE(at::equal(negative.context, at::full({1, 77, 8}, -1.0)));
  EXPECT_TRUE(at::equal(negative.channels, positive.channels));
  EXPECT_EQ(negative.sizes->original_width, 320);
  EXPECT_EQ(negative.noise_level, 7);
  EXPECT_FALSE(negative.pooled.defined());
  EXPECT_EQ(negative.aesthetic_score, std::nullopt);
}

TEST(CompleteNegative, KeepsWhatItHas) {
  Conditioning positive = with_channels(5);
  positive.noise_level = 7;
  Conditioning negative = with_channels(5);
  negative.channels = at::zeros({1, 5, 3, 5});
  negative.noise_level = 8;
  const Conditioning out = complete_negative(negative, positive);
  EXPECT_TRUE(at::equal(out.channels, negative.channels));
  EXPECT_EQ(out.noise_level, 8);
}

TEST(ModelInputJoin, PutsOneSideAfterTheOther) {
  ModelInput first;
  first.conditions = {.context = at::full({2, 77, 8}, 1.0),
                      .vector = at::full({2, 6}, 2.0),
                      .noise_levels = at::full({2}, 3, at::kLong)};
  first.channels = at::full({2, 1, 3, 5}, 4.0);
  ModelInput second;
  second.conditions = {.context = at::full({2, 77, 8}, -1.0),
                       .vector = at::full({2, 6}, -2.0),
                       .noise_levels = at::full({2}, 5, at::kLong)};
  second.channels = at::full({2, 1, 3, 5}, -4.0);
  const ModelInput both = join(first, second);
  const auto halves = [](const at::Tensor& t, double a, double b) {
    return t.size(0) == 4 && (t.narrow(0, 0, 2) == a).all().item<bool>() &&
           (t.narrow(0, 2, 2) == b).all().item<bool>();
  };
  EXPECT_TRUE(halves(both.conditions.context, 1, -1));
  EXPECT_TRUE(halves(both.conditions.vector, 2, -2));
  EXPECT_TRUE(halves(both.conditions.noise_levels, 3, 5));
  EXPECT_TRUE(halves(both.channels, 4, -4));
}

}  // namespace
}  // namespace calotype
