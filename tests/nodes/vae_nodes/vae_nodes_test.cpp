#include <gtest/gtest.h>

#include <cmath>

#include "calotype/types/aten.h"
#include "sampling/noise_stream.h"
#include "support/block_autoencoder.h"
#include "vae/vae_decode.h"
#include "vae/vae_encode.h"

namespace calotype {
namespace {

using test::BlockAutoencoder;

const AutoencoderHandle kVae = std::make_shared<BlockAutoencoder>();

template <class Node>
std::string error_of(const typename Node::Inputs& in) {
  RunContext context;
  try {
    Node::run(in, {}, context);
  } catch (const Error& e) {
    return e.what();
  }
  return "no error";
}

TEST(VAEEncode, GivesBackWhatVAEDecodeMade) {
  RunContext context;
  const Latent latent{at::rand({2, 4, 3, 5})};
  const Image image = VAEDecode::run({kVae, latent}, {}, context).image;
  EXPECT_EQ(image.pixels.sizes(), (std::vector<std::int64_t>{2, 3, 24, 40}));
  const at::Tensor back = VAEEncode::run({kVae, image}, {}, context).latent.values;
  EXPECT_TRUE(at::allclose(back.narrow(1, 0, 3), latent.values.narrow(1, 0, 3)));
}

TEST(VAEDecode, InTilesEqualsTheWhole) {
  RunContext context;
  const auto vae = std::make_shared<BlockAutoencoder>();
  const Latent latent{at::rand({1, 4, 20, 9})};
  const Image whole = VAEDecode::run({vae, latent}, {}, context).image;
  const Image tiled = VAEDecode::run({vae, latent}, {.tile = 64}, context).image;
  EXPECT_EQ(vae->calls, 1 + 3 * 2);
  EXPECT_TRUE(at::allclose(whole.pixels, tiled.pixels, 1e-5, 1e-6));
  const Latent back = VAEEncode::run({vae, whole}, {.tile = 64}, context).latent;
  EXPECT_EQ(vae->calls, 1 + 2 * 3 * 2);
  EXPECT_TRUE(at::allclose(back.values.narrow(1, 0, 3), latent.values.narrow(1, 0, 3), 1e-5, 1e-6));
}

TEST(VAEDecode, TakesTilesByItselfWhenMemoryIsShort) {
  RunContext context;
  const auto greedy = std::make_shared<BlockAutoencoder>(false, 1e12);
  VAEDecode::run({greedy, {at::rand({1, 4, 80, 64})}}, {}, context);
  EXPECT_EQ(greedy->calls, 2);
}

TEST(VAEEncode, DrawsFromTheDistributionWithASeedPerPicture) {
  RunContext context;
  const Image image{at::rand({2, 3, 16, 24})};
  const at::Tensor mean = VAEEncode::run({kVae, image}, {}, context).latent.values;
  const at::Tensor drawn = VAEEncode::run({kVae, image}, {.seed = 5}, context).latent.values;
  const at::Tensor noise = NoiseStream({5, 6}, {4, 2, 3}).draw();
  EXPECT_TRUE(at::allclose(drawn, mean + 0.25 * noise));
  const Image second{image.pixels.narrow(0, 1, 1)};
  EXPECT_TRUE(
      at::equal(VAEEncode::run({kVae, second}, {.seed = 6}, context).latent.values[0], drawn[1]));
}

TEST(VAEEncode, RejectsSizesThatAreNotMultiplesOfEight) {
  EXPECT_EQ(error_of<VAEEncode>({kVae, {at::rand({1, 3, 24, 41})}}),
            "width and height of the image must be multiples of 8, got 41 x 24\n"
            "  hint: crop or resize the picture first");
}

TEST(VAEEncode, RejectsOtherShapes) {
  EXPECT_EQ(error_of<VAEEncode>({kVae, {at::rand({1, 4, 8, 8})}}),
            "the image must have the shape [B, 3, H, W], got [1, 4, 8, 8]");
}

TEST(VAEDecode, RejectsLatentsOfOtherModels) {
  EXPECT_EQ(error_of<VAEDecode>({kVae, {at::rand({1, 16, 8, 8})}}),
            "the latent must have the shape [B, 4, h, w], got [1, 16, 8, 8]");
}

TEST(VAEDecode, RejectsPicturesThatAreNotFinite) {
  EXPECT_EQ(
      error_of<VAEDecode>({std::make_shared<BlockAutoencoder>(true), {at::rand({1, 4, 1, 1})}}),
      "the decoded picture is not finite\n"
      "  hint: load the model with dtype float32 or bfloat16");
}

TEST(VAEEncode, RejectsLatentsThatAreNotFinite) {
  EXPECT_EQ(
      error_of<VAEEncode>({std::make_shared<BlockAutoencoder>(true), {at::rand({1, 3, 8, 8})}}),
      "the encoded latent is not finite\n"
      "  hint: load the model with dtype float32 or bfloat16");
}

TEST(VAEEncode, RejectsPicturesThatAreNotFinite) {
  EXPECT_EQ(error_of<VAEEncode>({kVae, {at::full({1, 3, 8, 8}, NAN)}}),
            "the image has values that are not finite\n"
            "  hint: look at what made it: a model in float16, or a file");
}

TEST(VAENodes, DescribeAllTheirMembers) {
  EXPECT_EQ(TypedNode<VAEEncode>().schema().lane, Lane::device);
  EXPECT_EQ(TypedNode<VAEDecode>().schema().outputs.at(0).type, "Image");
}

}  // namespace
}  // namespace calotype
