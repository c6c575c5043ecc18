#include <gtest/gtest.h>

#include <limits>

#include "calotype/types/aten.h"
#include "vae/vae_decode.h"
#include "vae/vae_encode.h"

namespace calotype {
namespace {

/// Repeats every latent number over 8 x 8 pixels, and takes means the other way.
class BlockAutoencoder final : public Autoencoder {
 public:
  explicit BlockAutoencoder(bool broken = false, double bytes_per_pixel = 0)
      : broken_(broken), bytes_per_pixel_(bytes_per_pixel) {}
  std::int64_t downscale() const override { return 8; }
  std::int64_t latent_channels() const override { return 4; }
  double scaling_factor() const override { return 0.5; }
  Placement placement() const override { return {}; }
  MemoryUse memory() const override { return {}; }
  double working_bytes_per_pixel() const override { return bytes_per_pixel_; }
  mutable int calls = 0;
  at::Tensor encode(const at::Tensor& pixels) const override {
    ++calls;
    const at::Tensor means = at::avg_pool2d(pixels, 8);
    return spoil(at::cat({means, means.mean({1}, true)}, 1));
  }
  at::Tensor decode(const at::Tensor& latent) const override {
    ++calls;
    const std::vector<std::int64_t> size{latent.size(2) * 8, latent.size(3) * 8};
    return spoil(at::upsample_nearest2d(latent.narrow(1, 0, 3), size));
  }

 private:
  at::Tensor spoil(const at::Tensor& x) const {
    return broken_ ? at::full_like(x, std::numeric_limits<double>::infinity()) : x;
  }
  bool broken_;
  double bytes_per_pixel_;
};

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

TEST(VAENodes, DescribeAllTheirMembers) {
  EXPECT_EQ(TypedNode<VAEEncode>().schema().lane, Lane::device);
  EXPECT_EQ(TypedNode<VAEDecode>().schema().outputs.at(0).type, "Image");
}

}  // namespace
}  // namespace calotype
