#include <gtest/gtest.h>

#include "calotype/types/aten.h"
#include "pictures/pad_image.h"
#include "pictures/resize_image.h"
#include "support/error_text.h"

namespace calotype {
namespace {

using test::error_text;

/// Values count up from left to right and from top to bottom.
Image ramp(std::int64_t height, std::int64_t width) {
  return {at::arange(height * width, at::kFloat)
              .div(static_cast<double>(height * width))
              .reshape({1, 1, height, width})
              .repeat({1, 3, 1, 1})};
}

ResizeImage::Outputs resize(const Image& image, const ResizeImage::Params& p) {
  RunContext context;
  return ResizeImage::run({image, Mask{image.pixels.narrow(1, 0, 1)}}, p, context);
}

PadImage::Outputs pad(const Image& image, const PadImage::Params& p,
                      std::optional<Mask> mask = {}) {
  RunContext context;
  return PadImage::run({image, std::move(mask)}, p, context);
}

TEST(ResizeImage, CropsTheMiddleOfAPictureThatCoversTheSize) {
  const Image image = ramp(4, 8);
  const auto out = resize(image, {.width = 4, .height = 4, .mode = FitMode::crop});
  EXPECT_TRUE(at::equal(out.image.pixels, image.pixels.narrow(3, 2, 4)));
}

TEST(ResizeImage, FillsTheBordersWithEdgePixels) {
  const Image image = ramp(4, 2);
  const auto out = resize(image, {.width = 6, .height = 4, .mode = FitMode::fill});
  const at::Tensor& pixels = out.image.pixels;
  EXPECT_TRUE(at::equal(pixels.narrow(3, 2, 2), image.pixels));
  for (const std::int64_t x : {0, 1}) {
    EXPECT_TRUE(at::equal(pixels.select(3, x), image.pixels.select(3, 0)));
    EXPECT_TRUE(at::equal(pixels.select(3, 4 + x), image.pixels.select(3, 1)));
  }
}

TEST(ResizeImage, RefusesWhatGrowsBeyondAllMeasureBeforeItIsCropped) {
  const Image thread{at::zeros({1, 3, 1, 16384})};
  EXPECT_EQ(test::error_text(
                [&] { resize(thread, {.width = 512, .height = 512, .mode = FitMode::crop}); }),
            "the picture would be 8388608 x 512 px before it is cropped, more than 268435456 px\n"
            "  hint: crop it first, or let it be stretched or filled up");
}

TEST(ResizeImage, TreatsTheMaskAsThePicture) {
  for (const FitMode mode : {FitMode::stretch, FitMode::crop, FitMode::fill}) {
    const auto out = resize(ramp(6, 10), {.width = 7, .height = 9, .mode = mode});
    EXPECT_EQ(out.image.pixels.sizes(), (std::vector<std::int64_t>{1, 3, 9, 7}));
    EXPECT_TRUE(at::equal(out.mask.alpha, out.image.pixels.narrow(1, 0, 1)));
  }
}

TEST(ResizeImage, StaysInsideTheRangeOfColours) {
  at::Tensor edge = at::zeros({1, 3, 8, 8});
  edge.narrow(3, 4, 4).fill_(1);
  const at::Tensor out =
      resize({edge}, {.width = 20, .height = 20, .mode = FitMode::stretch}).image.pixels;
  EXPECT_GE(out.min().item<float>(), 0);
  EXPECT_LE(out.max().item<float>(), 1);
}

TEST(ResizeImage, GivesAnEmptyMaskWithoutOne) {
  RunContext context;
  const auto out = ResizeImage::run({ramp(4, 4)}, {.width = 5, .height = 3}, context);
  EXPECT_TRUE(at::equal(out.mask.alpha, at::zeros({1, 1, 3, 5})));
}

TEST(PadImage, RepeatsMirrorsOrGreys) {
  const Image image = ramp(2, 3);
  const at::Tensor first = image.pixels[0][0][0];
  const auto row = [&](PadFill fill) {
    return pad(image, {.left = 3, .fill = fill}).image.pixels[0][0][0];
  };
  EXPECT_TRUE(at::equal(row(PadFill::edge),
                        at::stack({first[0], first[0], first[0], first[0], first[1], first[2]})));
  EXPECT_TRUE(at::equal(row(PadFill::mirror),
                        at::stack({first[1], first[2], first[1], first[0], first[1], first[2]})));
  EXPECT_FLOAT_EQ(row(PadFill::grey)[2].item<float>(), 0.5);
}

TEST(PadImage, MasksTheBorderAndFadesIntoThePicture) {
  const auto out = pad(ramp(4, 8), {.left = 2, .top = 1, .feather = 3});
  ASSERT_EQ(out.mask.alpha.sizes(), (std::vector<std::int64_t>{1, 1, 5, 10}));
  const auto at_place = [&](std::int64_t y, std::int64_t x) {
    return out.mask.alpha[0][0][y][x].item<float>();
  };
  EXPECT_EQ(at_place(0, 9), 1);
  EXPECT_EQ(at_place(4, 1), 1);
  EXPECT_FLOAT_EQ(at_place(4, 2), 0.5625F);  // (1 - 1 / 4)^2
  EXPECT_FLOAT_EQ(at_place(4, 4), 0.0625F);
  EXPECT_EQ(at_place(4, 5), 0);
  EXPECT_EQ(at_place(4, 9), 0);  // no border on the right
  EXPECT_FLOAT_EQ(at_place(1, 9), 0.5625F);
}

TEST(PadImage, LeavesThePictureUnmaskedWithoutFeather) {
  const at::Tensor mask = pad(ramp(3, 3), {.right = 1}).mask.alpha;
  EXPECT_EQ(mask.sum().item<float>(), 3);
}

TEST(PadImage, JoinsTheBorderWithAMask) {
  const Mask corner{at::zeros({1, 1, 3, 3})};
  corner.alpha[0][0][0][0].fill_(0.5);
  const at::Tensor mask = pad(ramp(3, 3), {.bottom = 1}, corner).mask.alpha;
  EXPECT_EQ(mask.sum().item<float>(), 3.5);
}

TEST(PadImage, NeedsABorder) {
  EXPECT_EQ(error_text([] { pad(ramp(3, 3), {}); }),
            "no border is asked for: left, top, right and bottom are 0\n"
            "  hint: set one of them, or leave the node out");
}

TEST(PictureNodes, DescribeAllTheirMembers) {
  EXPECT_EQ(TypedNode<ResizeImage>().schema().outputs.at(1).type, "Mask");
  EXPECT_EQ(TypedNode<PadImage>().schema().param("fill")->choices.size(), 3U);
}

}  // namespace
}  // namespace calotype
