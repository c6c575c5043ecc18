#include "image_encoder/clip_image_encoder.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <cmath>
#include <map>
#include <string>

#include "image_encoder/clip_pixels.h"
#include "support/error_text.h"
#include "support/map_weights.h"

namespace calotype {
namespace {

using Tensors = std::map<std::string, at::Tensor, std::less<>>;

/// Two layers of width 64 over 4 x 4 patches, embeddings of 24 numbers, in OpenCLIP's names.
Tensors small() {
  at::manual_seed(2);
  Tensors t;
  const auto add = [&](const std::string& name, at::IntArrayRef shape) {
    t["visual." + name] = at::randn(shape) * 0.2;
  };
  add("conv1.weight", {64, 3, 8, 8});
  add("class_embedding", {64});
  add("positional_embedding", {17, 64});
  add("proj", {64, 24});
  for (const char* end : {"weight", "bias"}) {
    for (const char* norm : {"ln_pre.", "ln_post."}) add(std::string(norm) + end, {64});
  }
  for (const int i : {0, 1}) {
    const std::string block = fmt::format("transformer.resblocks.{}.", i);
    add(block + "attn.in_proj_weight", {192, 64});
    add(block + "attn.in_proj_bias", {192});
    add(block + "attn.out_proj.weight", {64, 64});
    add(block + "mlp.c_fc.weight", {96, 64});
    add(block + "mlp.c_fc.bias", {96});
    add(block + "mlp.c_proj.weight", {64, 96});
    for (const char* name : {"ln_1.weight", "ln_1.bias", "ln_2.weight", "ln_2.bias",
                             "attn.out_proj.bias", "mlp.c_proj.bias"}) {
      add(block + name, {64});
    }
  }
  return t;
}

ImageEncoderHandle make(Tensors t, const ClipVisionRules& rules = {},
                        const EmbeddingStatistics& statistics = {}) {
  return make_clip_image_encoder(std::make_shared<const test::MapWeights>(std::move(t)), {}, rules,
                                 statistics);
}

TEST(ClipImageEncoder, GivesOneVectorPerPicture) {
  const auto encoder = make(small());
  EXPECT_EQ(encoder->width(), 24);
  const at::Tensor pixels = at::rand({2, 3, 40, 30});
  const at::Tensor both = encoder->encode(pixels);
  ASSERT_EQ(both.sizes(), (std::vector<std::int64_t>{2, 24}));
  EXPECT_TRUE(
      at::allclose(both.narrow(0, 1, 1), encoder->encode(pixels.narrow(0, 1, 1)), 1e-4, 1e-5));
  EXPECT_FALSE(at::allclose(both[0], both[1], 1e-3));
}

TEST(ClipImageEncoder, HasStatisticsOfZerosAndOnesUnlessGivenOthers) {
  const auto plain = make(small())->statistics();
  EXPECT_TRUE(plain.mean.equal(at::zeros({24})));
  EXPECT_TRUE(plain.deviation.equal(at::ones({24})));
  const auto given = make(small(), {}, {at::ones({1, 24}), at::full({24}, 2.0)})->statistics();
  EXPECT_TRUE(given.mean.equal(at::ones({24})));
  EXPECT_TRUE(given.deviation.equal(at::full({24}, 2.0)));
}

TEST(ClipImageEncoder, RefusesStatisticsOfAnotherShape) {
  EXPECT_EQ(test::error_text([] {
              make(small(), {}, {at::ones({1, 25}), {}});
            }),
            "model.safetensors: the mean of the image embeddings must be 24 finite numbers, found "
            "a tensor [1, 25]");
  EXPECT_EQ(test::error_text([] {
              make(small(), {}, {{}, at::full({24}, NAN)});
            }),
            "model.safetensors: the standard deviation of the image embeddings must be 24 finite "
            "numbers, found a tensor [24]");
}

TEST(ClipImageEncoder, RefusesTensorsThatAreNoPictures) {
  EXPECT_EQ(test::error_text([] {
              make(small())->encode(at::ones({1, 4, 8, 8}));
            }),
            "the image encoder takes pictures [B, 3, H, W], got [1, 4, 8, 8]");
}

TEST(ClipImageEncoder, NamesWhatIsMissing) {
  EXPECT_EQ(test::error_text([] { make({}); }),
            "model.safetensors: image encoder: there is no tensor "
            "\"vision_model.embeddings.patch_embedding.weight\"");
  Tensors t = small();
  t.erase("visual.ln_post.bias");
  EXPECT_EQ(test::error_text([&] { make(t); }),
            "model.safetensors: image encoder: 1 tensor is missing: \"visual.ln_post.bias\"");
}

TEST(ClipImageEncoder, RefusesPositionsThatAreNoSquare) {
  Tensors t = small();
  t["visual.positional_embedding"] = at::ones({16, 64});
  EXPECT_EQ(test::error_text([&] { make(t); }),
            "model.safetensors: image encoder: 16 positions are not those of a class token and a "
            "square of patches");
}

TEST(ClipImageEncoder, RefusesHeadsThatDoNotDivideTheWidth) {
  EXPECT_EQ(test::error_text([] { make(small(), {.heads = 7}); }),
            "model.safetensors: image encoder: width 64 does not divide into 7 heads");
}

TEST(ClipVisionConfig, GivesWideModelsSixteenHeads) {
  const auto heads = [](std::int64_t width) {
    Tensors t = small();
    t["visual.conv1.weight"] = at::ones({}).expand({width, 3, 8, 8});
    return ClipVisionConfig::detect(test::MapWeights(t)).heads;
  };
  EXPECT_EQ(heads(768), 12);
  EXPECT_EQ(heads(1024), 16);
  EXPECT_EQ(heads(1280), 16);
  EXPECT_EQ(heads(1664), 16);
}

TEST(ClipPixels, NormalisesEachColour) {
  const at::Tensor x = clip_pixels(at::full({1, 3, 50, 70}, 0.5), 32);
  ASSERT_EQ(x.sizes(), (std::vector<std::int64_t>{1, 3, 32, 32}));
  const at::Tensor expected = (0.5 - at::tensor({0.48145466, 0.4578275, 0.40821073})) /
                              at::tensor({0.26862954, 0.26130258, 0.27577711});
  for (const std::int64_t c : {0, 1, 2}) {
    EXPECT_LT((x[0][c] - expected[c].item<double>()).abs().max().item<double>(), 1e-5);
  }
}

}  // namespace
}  // namespace calotype
