#include <gtest/gtest.h>

#include "calotype/types/aten.h"
#include "masks/latent_mask.h"
#include "masks/mask_blur.h"
#include "masks/mask_from_image.h"
#include "masks/mask_grow.h"
#include "masks/mask_invert.h"
#include "masks/mask_to_image.h"
#include "support/error_text.h"

namespace calotype {
namespace {

using test::error_text;

template <class Node>
at::Tensor run(const at::Tensor& alpha, const typename Node::Params& p) {
  RunContext context;
  return Node::run({{alpha}}, p, context).mask.alpha;
}

/// 1 in a rectangle, else 0.
at::Tensor block(std::int64_t height, std::int64_t width, std::int64_t top, std::int64_t left,
                 std::int64_t size) {
  at::Tensor mask = at::zeros({1, 1, height, width});
  mask.narrow(2, top, size).narrow(3, left, size).fill_(1);
  return mask;
}

TEST(MaskGrow, ReachesEveryPixelWithinTheDistanceAndNoOther) {
  const at::Tensor grown = run<MaskGrow>(block(11, 13, 5, 6, 1), {.pixels = 3});
  for (std::int64_t y = 0; y < 11; ++y) {
    for (std::int64_t x = 0; x < 13; ++x) {
      const bool near = (y - 5) * (y - 5) + (x - 6) * (x - 6) <= 9;
      EXPECT_EQ(grown[0][0][y][x].item<float>(), near ? 1.0F : 0.0F) << x << ", " << y;
    }
  }
}

TEST(MaskGrow, ShrinksByNegativePixelsButNotFromThePictureEdge) {
  at::Tensor mask = at::zeros({1, 1, 9, 9});
  mask.narrow(3, 0, 6).fill_(1);  // reaches three edges of the picture
  at::Tensor expected = at::zeros({1, 1, 9, 9});
  expected.narrow(3, 0, 4).fill_(1);
  EXPECT_TRUE(at::equal(run<MaskGrow>(mask, {.pixels = -2}), expected));
}

TEST(MaskGrow, KeepsSoftValues) {
  const at::Tensor grown = run<MaskGrow>(block(5, 5, 2, 2, 1) * 0.25, {.pixels = 1});
  EXPECT_FLOAT_EQ(grown[0][0][1][2].item<float>(), 0.25F);
  EXPECT_FLOAT_EQ(grown.max().item<float>(), 0.25F);
}

TEST(MaskGrow, MayReachFurtherThanThePicture) {
  EXPECT_TRUE(
      at::equal(run<MaskGrow>(block(4, 6, 0, 0, 1), {.pixels = 100}), at::ones({1, 1, 4, 6})));
}

TEST(MaskBlur, KeepsTheSumInsideAndConstantsEverywhere) {
  const at::Tensor dot = run<MaskBlur>(block(41, 41, 20, 20, 1), {.sigma = 4});
  EXPECT_NEAR(dot.sum().item<float>(), 1, 1e-5);
  EXPECT_EQ(dot[0][0][20][9].item<float>(), 0);  // the kernel ends at int(2.5 * 4 + 0.5) = 10
  EXPECT_GT(dot[0][0][20][10].item<float>(), 0);
  const at::Tensor flat = run<MaskBlur>(at::full({2, 1, 3, 5}, 0.5), {.sigma = 20});
  EXPECT_TRUE(at::allclose(flat, at::full({2, 1, 3, 5}, 0.5)));
}

TEST(MaskBlur, LeavesTheMaskAtSigmaZero) {
  const at::Tensor mask = at::rand({1, 1, 4, 4});
  EXPECT_TRUE(at::equal(run<MaskBlur>(mask, {.sigma = 0}), mask));
}

TEST(MaskInvert, ExchangesBothParts) {
  const at::Tensor mask = at::rand({1, 1, 4, 4});
  EXPECT_TRUE(at::equal(run<MaskInvert>(mask, {}), 1 - mask));
}

TEST(MaskFromImage, ReadsBrightnessOrOneColour) {
  RunContext context;
  const Image image{at::tensor({1.0F, 0.5F, 0.25F}).reshape({1, 3, 1, 1})};
  const auto value = [&](MaskChannel channel) {
    return MaskFromImage::run({image}, {channel}, context).mask.alpha.item<float>();
  };
  EXPECT_FLOAT_EQ(value(MaskChannel::red), 1);
  EXPECT_FLOAT_EQ(value(MaskChannel::green), 0.5);
  EXPECT_FLOAT_EQ(value(MaskChannel::blue), 0.25);
  EXPECT_NEAR(value(MaskChannel::luma), 0.299 + 0.2935 + 0.0285, 1e-6);
}

TEST(MaskToImage, GivesAPictureThatReadsBackAsTheMask) {
  RunContext context;
  const at::Tensor mask = at::rand({2, 1, 4, 6});
  const Image image = MaskToImage::run({{mask}}, {}, context).image;
  ASSERT_EQ(image.pixels.sizes(), (std::vector<std::int64_t>{2, 3, 4, 6}));
  for (const std::int64_t channel : {0, 1, 2}) {
    EXPECT_TRUE(at::equal(image.pixels.narrow(1, channel, 1), mask));
  }
  EXPECT_TRUE(at::allclose(MaskFromImage::run({image}, {}, context).mask.alpha, mask));
}

TEST(LatentMask, KeepsWhatIsConstantOverBlocks) {
  const at::Tensor latent = (at::rand({1, 1, 3, 5}) > 0.5).to(at::kFloat);
  const at::Tensor mask = latent.repeat_interleave(8, 2).repeat_interleave(8, 3);
  EXPECT_TRUE(at::equal(latent_mask(mask, 3, 5), latent));
  EXPECT_TRUE(at::equal(latent_mask(latent, 3, 5), latent));
}

TEST(LatentMask, RefusesSizesThatAreNoMultiple) {
  EXPECT_EQ(error_text([] {
              latent_mask(at::ones({1, 1, 50, 100}), 8, 8);
            }),
            "the mask is 100 x 50 px, which is no multiple of the latent's 8 x 8\n"
            "  hint: give the mask the size of the picture, with ResizeImage if need be");
  EXPECT_NE(error_text([] { latent_mask(at::ones({1, 1, 64, 32}), 8, 8); }), "no error");
}

TEST(MaskNodes, RefuseOtherShapes) {
  EXPECT_EQ(error_text([] {
              run<MaskGrow>(at::ones({4, 4}), {});
            }),
            "the mask must have the shape [B, 1, H, W], got [4, 4]");
  EXPECT_EQ(error_text([] {
              run<MaskBlur>(at::ones({1, 3, 4, 4}), {});
            }),
            "the mask must have the shape [B, 1, H, W], got [1, 3, 4, 4]");
  EXPECT_EQ(error_text([] {
              RunContext context;
              MaskToImage::run({{at::ones({1, 3, 4, 4})}}, {}, context);
            }),
            "the mask must have the shape [B, 1, H, W], got [1, 3, 4, 4]");
}

TEST(MaskNodes, DescribeAllTheirMembers) {
  EXPECT_EQ(TypedNode<MaskGrow>().schema().outputs.at(0).type, "Mask");
  EXPECT_EQ(TypedNode<MaskBlur>().schema().outputs.at(0).type, "Mask");
  EXPECT_EQ(TypedNode<MaskInvert>().schema().outputs.at(0).type, "Mask");
  EXPECT_EQ(TypedNode<MaskFromImage>().schema().param("channel")->choices.size(), 4U);
}

}  // namespace
}  // namespace calotype
