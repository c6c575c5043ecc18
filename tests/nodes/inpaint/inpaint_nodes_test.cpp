#include <gtest/gtest.h>

#include "calotype/types/aten.h"
#include "inpaint/blurred_fill.h"
#include "inpaint/inpaint_condition.h"
#include "inpaint/inpaint_crop.h"
#include "inpaint/inpaint_fill.h"
#include "inpaint/inpaint_paste.h"
#include "inpaint/latent_fill.h"
#include "support/block_autoencoder.h"
#include "support/error_text.h"

namespace calotype {
namespace {

using test::error_text;

Mask block_mask(std::int64_t height, std::int64_t width, const Region& r) {
  at::Tensor alpha = at::zeros({1, 1, height, width});
  alpha.narrow(2, r.top, r.height).narrow(3, r.left, r.width).fill_(1);
  return {alpha};
}

InpaintCrop::Outputs crop(const Image& image, const Mask& mask, const InpaintCrop::Params& p) {
  RunContext context;
  return InpaintCrop::run({image, mask}, p, context);
}

at::Tensor paste(const InpaintPaste::Inputs& in) {
  RunContext context;
  return InpaintPaste::run(in, {}, context).image.pixels;
}

TEST(InpaintCrop, CutsOutTheMaskWithItsPaddingAtItsProportions) {
  const Image image{at::rand({1, 3, 64, 96})};
  const auto out =
      crop(image, block_mask(64, 96, {40, 20, 10, 6}), {.width = 32, .height = 32, .padding = 4});
  EXPECT_EQ(out.region, (Region{36, 14, 18, 18}));
  EXPECT_EQ(out.image.pixels.sizes(), (std::vector<std::int64_t>{1, 3, 32, 32}));
  EXPECT_EQ(out.mask.alpha.sizes(), (std::vector<std::int64_t>{1, 1, 32, 32}));
}

TEST(InpaintCrop, StaysInsideThePicture) {
  const Image image{at::rand({1, 3, 40, 80})};
  const auto out =
      crop(image, block_mask(40, 80, {70, 0, 10, 40}), {.width = 64, .height = 32, .padding = 8});
  EXPECT_EQ(out.region, (Region{0, 0, 80, 40}));
}

TEST(InpaintCrop, RefusesEmptyMasksAndOtherSizes) {
  const Image image{at::rand({1, 3, 16, 16})};
  EXPECT_EQ(error_text([&] {
              crop(image, {at::zeros({1, 1, 16, 16})}, {});
            }),
            "the mask is empty: nothing is to be changed\n"
            "  hint: paint what shall be changed white; MaskInvert exchanges both parts");
  EXPECT_EQ(error_text([&] {
              crop(image, {at::ones({1, 1, 16, 24})}, {});
            }),
            "the mask is 24 x 16 px, the picture 16 x 16 px\n"
            "  hint: draw the mask at the size of the picture, or resize it with ResizeImage");
  EXPECT_EQ(error_text([&] {
              crop({at::rand({2, 3, 8, 8})}, {at::ones({3, 1, 8, 8})}, {});
            }),
            "there are 3 masks for 2 pictures\n"
            "  hint: give one mask, or one for each picture");
}

TEST(InpaintPaste, KeepsTheOriginalBitForBitOutsideTheMask) {
  const Image original{at::rand({1, 3, 48, 64})};
  const Mask mask = block_mask(48, 64, {20, 10, 12, 16});
  const auto part = crop(original, mask, {.width = 40, .height = 40, .padding = 3});
  const at::Tensor out =
      paste({original, {at::rand({2, 3, 40, 40})}, mask, std::optional(part.region)});
  ASSERT_EQ(out.size(0), 2);
  const at::Tensor kept = (mask.alpha == 0).expand_as(out);
  EXPECT_TRUE(
      at::equal(out.masked_select(kept), original.pixels.expand_as(out).masked_select(kept)));
  EXPECT_FALSE(at::allclose(out, original.pixels.expand_as(out), 0.01, 0.01));
}

TEST(InpaintPaste, PutsAnUntouchedCropBackWhereItWas) {
  const Image original{at::upsample_bilinear2d(at::rand({1, 3, 6, 8}), {48, 64}, false)};
  for (const Region& r : {Region{20, 10, 12, 16}, Region{0, 40, 64, 8}, Region{3, 0, 1, 48}}) {
    const Mask mask = block_mask(48, 64, r);
    const auto part = crop(original, mask, {.width = 128, .height = 128, .padding = 0});
    const at::Tensor out = paste({original, part.image, mask, std::optional(part.region)});
    EXPECT_LT((out - original.pixels).abs().max().item<float>(), 0.02) << r.left;
  }
}

TEST(InpaintPaste, MixesWhereTheMaskIsSoft) {
  const Image black{at::zeros({1, 3, 8, 8})};
  const at::Tensor out =
      paste({black, {at::ones({1, 3, 8, 8})}, {at::full({1, 1, 8, 8}, 0.25)}, {}});
  EXPECT_TRUE(at::allclose(out, at::full({1, 3, 8, 8}, 0.25)));
}

TEST(InpaintPaste, RefusesWhatDoesNotFit) {
  const Image original{at::rand({1, 3, 16, 16})};
  const Mask mask{at::ones({1, 1, 16, 16})};
  EXPECT_EQ(error_text([&] {
              paste({original, {at::rand({1, 3, 8, 24})}, mask, {}});
            }),
            "the picture to paste is 24 x 8 px, the original 16 x 16 px\n"
            "  hint: connect InpaintCrop's region, or resize one of them with ResizeImage");
  EXPECT_EQ(error_text([&] {
              paste({original, original, mask, Region{10, 0, 7, 4}});
            }),
            "the region of 7 x 4 px at 10, 0 is not inside the original of 16 x 16 px\n"
            "  hint: give the picture that InpaintCrop was given");
}

TEST(InpaintFill, KeepsTheOriginalBitForBitOutsideTheMask) {
  RunContext context;
  const Image image{at::rand({1, 3, 32, 32})};
  const Mask mask = block_mask(32, 32, {8, 8, 16, 16});
  const at::Tensor out = InpaintFill::run({image, mask}, {}, context).image.pixels;
  const at::Tensor kept = (mask.alpha == 0).expand_as(out);
  EXPECT_TRUE(at::equal(out.masked_select(kept), image.pixels.masked_select(kept)));
  const Image same =
      InpaintFill::run({image, mask}, {.mode = PictureFill::original}, context).image;
  EXPECT_TRUE(at::equal(same.pixels, image.pixels));
}

TEST(InpaintFill, SpreadsTheColoursAroundTheMask) {
  // Left half red, right half blue; a hole over the border.
  at::Tensor pixels = at::zeros({1, 3, 32, 64});
  pixels.select(1, 0).narrow(2, 0, 32).fill_(1);
  pixels.select(1, 2).narrow(2, 32, 32).fill_(1);
  const at::Tensor out = blurred_fill(pixels, block_mask(32, 64, {16, 4, 32, 24}).alpha);
  const auto red = [&](std::int64_t x) { return out[0][0][16][x].item<float>(); };
  EXPECT_GT(red(17), 0.9);
  EXPECT_LT(red(46), 0.1);
  EXPECT_NEAR(out[0][1].max().item<float>(), 0, 1e-6);
}

TEST(InpaintFill, IsBlackWhenAllIsMasked) {
  const at::Tensor out = blurred_fill(at::rand({1, 3, 8, 8}), at::ones({1, 1, 8, 8}));
  EXPECT_TRUE(at::equal(out, at::zeros({1, 3, 8, 8})));
}

TEST(LatentFill, PutsNoiseOrNothingUnderTheMask) {
  RunContext context;
  const Latent latent{at::rand({1, 4, 2, 4})};
  const Noise noise{at::rand({2, 4, 2, 4}), {1, 2}};
  const Mask mask = block_mask(16, 32, {0, 0, 16, 16});
  const auto run = [&](LatentContent mode) {
    return LatentFill::run({latent, mask, noise}, {.mode = mode}, context).latent.values;
  };
  const at::Tensor filled = run(LatentContent::noise);
  EXPECT_TRUE(at::equal(filled.narrow(3, 0, 2), noise.values.narrow(3, 0, 2)));
  EXPECT_TRUE(at::equal(filled[1].narrow(2, 2, 2), latent.values[0].narrow(2, 2, 2)));
  EXPECT_EQ(run(LatentContent::nothing).narrow(3, 0, 2).abs().max().item<float>(), 0);
  EXPECT_TRUE(at::equal(run(LatentContent::original), latent.values));
}

TEST(LatentFill, NeedsNoiseOfTheLatentsShape) {
  RunContext context;
  const Latent latent{at::rand({1, 4, 2, 2})};
  const Mask mask{at::ones({1, 1, 16, 16})};
  EXPECT_EQ(error_text([&] {
              LatentFill::run({latent, mask, {}}, {}, context);
            }),
            "mode \"noise\" needs noise\n"
            "  hint: connect \"noise\" to the LatentNoise that Sample uses");
  EXPECT_EQ(error_text([&] {
              LatentFill::run({latent, mask, Noise{at::rand({1, 4, 2, 3}), {1}}}, {}, context);
            }),
            "the noise must have the shape [1, 4, 2, 2] of the latent, got [1, 4, 2, 3]\n"
            "  hint: connect LatentNoise's \"latent\" to the same latent");
}

TEST(InpaintCondition, GivesTheMaskAndTheLatentOfTheRest) {
  RunContext context;
  const auto vae = std::make_shared<test::BlockAutoencoder>();
  const Image image{at::rand({1, 3, 16, 24})};
  const Mask mask = block_mask(16, 24, {8, 0, 8, 16});
  const Conditioning text{at::rand({1, 77, 8})};
  const Conditioning out =
      InpaintCondition::run({text, vae, image, mask}, {}, context).conditioning;
  EXPECT_TRUE(at::equal(out.context, text.context));
  ASSERT_EQ(out.channels.sizes(), (std::vector<std::int64_t>{1, 5, 2, 3}));
  EXPECT_TRUE(
      at::equal(out.channels[0][0], at::tensor({0.F, 1.F, 0.F, 0.F, 1.F, 0.F}).reshape({2, 3})));
  const at::Tensor masked = image.pixels * (1 - mask.alpha) + 0.5 * mask.alpha;
  EXPECT_TRUE(at::allclose(out.channels.narrow(1, 1, 4), vae->encode(masked)));
}

TEST(InpaintCondition, LetsThePictureShineThroughByTheMaskWeight) {
  RunContext context;
  const auto vae = std::make_shared<const test::BlockAutoencoder>();
  const Conditioning text{at::rand({1, 77, 8})};
  const Image image{at::rand({1, 3, 16, 16})};
  const Mask all{at::ones({1, 1, 16, 16})};
  const auto latent = [&](const Image& picture, double weight) {
    const auto out =
        InpaintCondition::run({text, vae, picture, all}, {.mask_weight = weight}, context);
    return out.conditioning.channels.narrow(1, 1, 4);
  };
  const Image half{(image.pixels + 0.5) / 2};
  EXPECT_TRUE(at::allclose(latent(image, 0.5), latent(half, 0), 1e-6, 1e-6));
  EXPECT_FALSE(at::allclose(latent(image, 0.5), latent(image, 1), 1e-3, 1e-3));
}

TEST(InpaintCondition, RoundsSoftMasks) {
  RunContext context;
  const auto vae = std::make_shared<test::BlockAutoencoder>();
  const Image image{at::rand({1, 3, 8, 16})};
  at::Tensor alpha = at::full({1, 1, 8, 16}, 0.5);
  alpha.narrow(3, 8, 8).fill_(0.49);
  const Conditioning out =
      InpaintCondition::run({{at::rand({1, 77, 8})}, vae, image, {alpha}}, {}, context)
          .conditioning;
  EXPECT_EQ(out.channels[0][0][0][0].item<float>(), 1);
  EXPECT_EQ(out.channels[0][0][0][1].item<float>(), 0);
}

TEST(InpaintNodes, DescribeAllTheirMembers) {
  EXPECT_EQ(TypedNode<InpaintCrop>().schema().outputs.at(2).type, "Region");
  EXPECT_EQ(TypedNode<InpaintPaste>().schema().inputs.at(3).type, "Region");
  EXPECT_EQ(TypedNode<InpaintCondition>().schema().lane, Lane::device);
  EXPECT_EQ(TypedNode<InpaintFill>().schema().outputs.at(0).type, "Image");
  EXPECT_EQ(TypedNode<LatentFill>().schema().param("mode")->choices.size(), 3U);
}

TEST(Region, ComesBackFromTheDiskCache) {
  const PortType& type = PortTraits<Region>::type();
  const auto region = std::make_shared<const Region>(Region{1, 2, 3, 4});
  const auto back = std::static_pointer_cast<const Region>(type.load(type.save(region)));
  EXPECT_EQ(*back, *region);
}

}  // namespace
}  // namespace calotype
