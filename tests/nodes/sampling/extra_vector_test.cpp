#include "sampling/extra_vector.h"

#include <gtest/gtest.h>

#include <cmath>
#include <vector>

#include "support/error_text.h"
#include "support/shape_denoiser.h"

namespace calotype {
namespace {

using test::ShapeDenoiser;

constexpr LatentSize kVectorSize{2, 3, 5};

ShapeDenoiser base() { return ShapeDenoiser({"SDXL base", 0, VectorKind::sdxl, 4 + 6 * 256}); }
ShapeDenoiser refiner() {
  return ShapeDenoiser({"SDXL refiner", 0, VectorKind::sdxl_refiner, 4 + 5 * 256});
}
ShapeDenoiser unclip() { return ShapeDenoiser({"SD 2.x unCLIP", 0, VectorKind::image, 6}); }

Conditioning pooled() { return {.pooled = at::full({1, 4}, 0.25)}; }

/// Each number as 128 cosines, then 128 sines, of frequencies that fall from 1 to almost 1/10000.
at::Tensor waves(const std::vector<double>& numbers) {
  std::vector<double> out;
  for (const double n : numbers) {
    for (int i = 0; i < 128; ++i) out.push_back(std::cos(n * std::pow(10000.0, -i / 128.0)));
    for (int i = 0; i < 128; ++i) out.push_back(std::sin(n * std::pow(10000.0, -i / 128.0)));
  }
  return at::tensor(out, at::kDouble);
}

void expect_rows(const at::Tensor& vector, const std::vector<double>& numbers) {
  ASSERT_EQ(vector.scalar_type(), at::kFloat);
  ASSERT_EQ(vector.size(0), kVectorSize.batch);
  const at::Tensor row = at::cat({at::full({4}, 0.25, at::kDouble), waves(numbers)});
  ASSERT_EQ(vector.size(1), row.size(0));
  EXPECT_LE((vector - row.unsqueeze(0)).abs().max().item<double>(), 2e-4);
}

std::string extra_vector_error(const Denoiser& model, const Conditioning& c,
                               Side side = Side::positive) {
  return test::error_text([&] { extra_vector(model, c, side, kVectorSize); });
}

TEST(ExtraVector, OfSDXLIsPooledTextAndSizes) {
  Conditioning c = pooled();
  c.sizes = PictureSizes{.original_width = 1200,
                         .original_height = 900,
                         .crop_left = 64,
                         .crop_top = 32,
                         .target_width = 1024,
                         .target_height = 768};
  expect_rows(extra_vector(base(), c, Side::positive, kVectorSize), {900, 1200, 32, 64, 768, 1024});
}

TEST(ExtraVector, TakesTheSizesOfThePictureThatIsMade) {
  expect_rows(extra_vector(base(), pooled(), Side::positive, kVectorSize), {24, 40, 0, 0, 24, 40});
}

TEST(ExtraVector, OfTheRefinerEndsWithTheAestheticScore) {
  expect_rows(extra_vector(refiner(), pooled(), Side::positive, kVectorSize), {24, 40, 0, 0, 6});
  expect_rows(extra_vector(refiner(), pooled(), Side::negative, kVectorSize), {24, 40, 0, 0, 2.5});
  Conditioning c = pooled();
  c.aesthetic_score = 7.5;
  expect_rows(extra_vector(refiner(), c, Side::negative, kVectorSize), {24, 40, 0, 0, 7.5});
}

TEST(ExtraVector, OfUnclipIsGivenWholeAndZeroWhenNotWanted) {
  const Conditioning c{.vector = at::arange(6, at::kFloat).unsqueeze(0)};
  EXPECT_TRUE(
      at::equal(extra_vector(unclip(), c, Side::negative, kVectorSize), c.vector.expand({2, 6})));
  EXPECT_TRUE(
      at::equal(extra_vector(unclip(), {}, Side::negative, kVectorSize), at::zeros({2, 6})));
}

TEST(ExtraVector, IsUndefinedForModelsWithoutOne) {
  EXPECT_FALSE(extra_vector(ShapeDenoiser(), pooled(), Side::positive, kVectorSize).defined());
}

TEST(ExtraVector, RejectsTextThatWasNotPooled) {
  EXPECT_EQ(
      extra_vector_error(base(), {}, Side::negative),
      "the model is SDXL base and takes the text as one vector too, the negative conditioning "
      "has none\n  hint: encode the text with the text encoder of an SDXL checkpoint");
}

TEST(ExtraVector, RejectsPooledTextOfAnotherShape) {
  EXPECT_EQ(
      extra_vector_error(base(), {.pooled = at::zeros({1, 5})}),
      "the pooled text of the positive conditioning must have the shape [1, 4] or [2, 4], got "
      "[1, 5]\n  hint: use the encoders of the model's own checkpoint");
}

TEST(ExtraVector, RejectsUnclipWithoutAPicture) {
  EXPECT_EQ(extra_vector_error(unclip(), {}),
            "the model is SD 2.x unCLIP and takes the embedding of a picture, the positive "
            "conditioning has none\n"
            "  hint: add the embedding of a picture between TextEncode and Sample");
}

TEST(ExtraVector, RejectsAnEmbeddingOfAnotherModel) {
  EXPECT_EQ(
      extra_vector_error(unclip(), {.vector = at::zeros({3, 6})}),
      "the image embedding of the positive conditioning must have the shape [1, 6] or [2, 6], "
      "got [3, 6]\n  hint: use the encoders of the model's own checkpoint");
  EXPECT_EQ(extra_vector_error(base(), {.vector = at::zeros({1, 6})}),
            "the model is SDXL base and takes no embedding of a picture, the positive conditioning "
            "has one\n  hint: take out the node that adds it, or load an unCLIP model");
}

}  // namespace
}  // namespace calotype
