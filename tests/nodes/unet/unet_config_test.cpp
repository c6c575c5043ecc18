#include "unet/unet_config.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <string>

#include "calotype/error.h"
#include "support/error_text.h"
#include "support/map_weights.h"

namespace calotype {

namespace {

using testing::ElementsAre;
using Tensors = std::map<std::string, at::Tensor, std::less<>>;

at::Tensor shaped(std::initializer_list<std::int64_t> shape) {
  return at::zeros({}, at::kFloat).expand(at::IntArrayRef(shape));
}

void add_transformer(Tensors& t, const std::string& name, std::int64_t width, int depth = 1) {
  t[name + ".proj_in.weight"] = shaped({width, width, 1, 1});
  for (int i = 0; i < depth; ++i) {
    const std::string block = fmt::format("{}.transformer_blocks.{}.", name, i);
    t[block + "attn1.to_q.weight"] = shaped({width, width});
    t[block + "attn1.to_k.weight"] = shaped({width, width});
    t[block + "attn2.to_k.weight"] = shaped({width, 96});
  }
}

void add_res(Tensors& t, const std::string& name, std::int64_t in, std::int64_t out) {
  t[name + ".in_layers.2.weight"] = shaped({out, in, 3, 3});
  t[name + ".out_layers.3.weight"] = shaped({out, out, 3, 3});
}

/// Levels of 64 and 128 channels, one block each, a transformer on the second only.
Tensors two_levels() {
  Tensors t;
  t["input_blocks.0.0.weight"] = shaped({64, 4, 3, 3});
  t["out.2.weight"] = shaped({4, 64, 3, 3});
  add_res(t, "input_blocks.1.0", 64, 64);
  t["input_blocks.2.0.op.weight"] = shaped({64, 64, 3, 3});
  add_res(t, "input_blocks.3.0", 64, 128);
  add_transformer(t, "input_blocks.3.1", 128);
  add_transformer(t, "middle_block.1", 128);
  add_transformer(t, "output_blocks.0.1", 128);
  add_transformer(t, "output_blocks.1.1", 128);
  return t;
}

/// The same with linear layers into the transformers.
Tensors linear(Tensors t) {
  for (auto& [name, tensor] : t) {
    if (name.ends_with(".proj_in.weight")) tensor = shaped({tensor.size(0), tensor.size(1)});
  }
  return t;
}

std::string error_of(Tensors tensors) {
  try {
    UNetConfig::detect(test::MapWeights(std::move(tensors)));
  } catch (const Error& e) {
    EXPECT_EQ(e.code(), ErrorCode::io);
    return e.what();
  }
  return "no error";
}

TEST(UNetConfigDetect, ReadsLevelsOffNamesAndShapes) {
  const test::MapWeights weights(two_levels());
  const UNetConfig config = UNetConfig::detect(weights);
  EXPECT_EQ(config.in_channels, 4);
  EXPECT_EQ(config.out_channels, 4);
  EXPECT_EQ(config.model_channels, 64);
  EXPECT_EQ(config.time_width(), 256);
  EXPECT_EQ(config.middle_depth, 1);
  EXPECT_EQ(config.context_width, 96);
  EXPECT_FALSE(config.linear_projections);
  EXPECT_EQ(config.vector_width, 0);
  EXPECT_EQ(config.noise_levels, 0);
  ASSERT_EQ(config.levels.size(), 2U);
  EXPECT_EQ(config.levels[0].channels, 64);
  EXPECT_THAT(config.levels[0].down, ElementsAre(0));
  EXPECT_THAT(config.levels[0].up, ElementsAre(0, 0));
  EXPECT_EQ(config.levels[1].channels, 128);
  EXPECT_THAT(config.levels[1].down, ElementsAre(1));
  EXPECT_THAT(config.levels[1].up, ElementsAre(1, 1));
  EXPECT_TRUE(weights.read.empty());
}

TEST(UNetConfigDetect, CountsTransformerBlocksOfEachResidualBlock) {
  auto t = two_levels();
  add_res(t, "input_blocks.4.0", 128, 128);
  add_transformer(t, "input_blocks.4.1", 128, 2);
  add_transformer(t, "output_blocks.1.1", 128, 10);
  add_transformer(t, "output_blocks.4.1", 64, 3);
  add_transformer(t, "middle_block.1", 128, 4);
  const UNetConfig config = UNetConfig::detect(test::MapWeights(std::move(t)));
  EXPECT_EQ(config.middle_depth, 4);
  EXPECT_THAT(config.levels[0].up, ElementsAre(0, 3));
  EXPECT_THAT(config.levels[1].down, ElementsAre(1, 2));
  EXPECT_THAT(config.levels[1].up, ElementsAre(1, 10, 0));
}

TEST(UNetConfigDetect, GivesConvolutionProjectionsEightHeads) {
  const UNetConfig config = UNetConfig::detect(test::MapWeights(two_levels()));
  EXPECT_EQ(config.levels[0].heads, 8);
  EXPECT_EQ(config.levels[1].heads, 8);
}

TEST(UNetConfigDetect, GivesLinearProjectionsHeadsOf64Channels) {
  const UNetConfig config = UNetConfig::detect(test::MapWeights(linear(two_levels())));
  EXPECT_TRUE(config.linear_projections);
  EXPECT_EQ(config.levels[0].heads, 1);
  EXPECT_EQ(config.levels[1].heads, 2);
}

TEST(UNetConfigDetect, GivesATableOfNoiseLevelsEightHeads) {
  auto t = linear(two_levels());
  t["label_emb.weight"] = shaped({1000, 256});
  const UNetConfig config = UNetConfig::detect(test::MapWeights(std::move(t)));
  EXPECT_EQ(config.noise_levels, 1000);
  EXPECT_EQ(config.vector_width, 0);
  EXPECT_EQ(config.levels[1].heads, 8);
}

TEST(UNetConfigDetect, ReadsTheWidthOfTheVector) {
  auto t = linear(two_levels());
  t["label_emb.0.0.weight"] = shaped({256, 2816});
  const UNetConfig config = UNetConfig::detect(test::MapWeights(std::move(t)));
  EXPECT_EQ(config.vector_width, 2816);
  EXPECT_EQ(config.noise_levels, 0);
}

TEST(UNetConfigDetect, BelievesTheFamilyAskedFor) {
  const test::MapWeights weights(linear(two_levels()));
  EXPECT_EQ(UNetConfig::detect(weights).family, ModelFamily::sd2);
  const UNetConfig config = UNetConfig::detect(weights, ModelFamily::sd1);
  EXPECT_EQ(config.family, ModelFamily::sd1);
  EXPECT_EQ(config.levels[1].heads, 8);
}

TEST(UNetConfigDetect, RejectsAFamilyThatTakesSomethingElse) {
  const auto error = [](Tensors t, ModelFamily family) {
    const test::MapWeights weights(std::move(t));
    return test::error_text([&] { UNetConfig::detect(weights, family); });
  };
  const std::string hint = "\n  hint: set family to \"auto\"";
  EXPECT_EQ(error(two_levels(), ModelFamily::sdxl),
            "model.safetensors: UNet: found SD 1.x, the family asked for is SDXL base, whose "
            "networks take an extra vector" +
                hint);
  EXPECT_EQ(error(two_levels(), ModelFamily::x4_upscaler),
            "model.safetensors: UNet: found SD 1.x, the family asked for is the x4 upscaler, whose "
            "networks take a noise level" +
                hint);
  auto t = linear(two_levels());
  t["label_emb.0.0.weight"] = shaped({256, 2816});
  EXPECT_EQ(error(t, ModelFamily::sd1),
            "model.safetensors: UNet: found SDXL base, the family asked for is SD 1.x, whose "
            "networks take nothing beside latent, text and timestep" +
                hint);
}

TEST(UNetConfigDetect, FindsLevelsWithoutSelfAttention) {
  auto t = two_levels();
  EXPECT_TRUE(UNetConfig::detect(test::MapWeights(t)).levels[1].self_attention);
  t["input_blocks.3.1.transformer_blocks.0.attn1.to_k.weight"] = shaped({128, 96});
  EXPECT_FALSE(UNetConfig::detect(test::MapWeights(t)).levels[1].self_attention);
}

TEST(UNetConfigDetect, NamesTheFirstTensorThatIsMissing) {
  EXPECT_EQ(error_of({}),
            "model.safetensors: UNet: there is no tensor \"input_blocks.0.0.weight\"\n"
            "  hint: the file is not of a denoising network of the Stable Diffusion design");
}

TEST(UNetConfigDetect, RejectsChannelsThatDoNotFormGroups) {
  auto t = two_levels();
  t["input_blocks.0.0.weight"] = shaped({40, 4, 3, 3});
  EXPECT_EQ(error_of(t), "model.safetensors: UNet: channels 40 are not a multiple of 32");
}

TEST(UNetConfigDetect, RejectsChannelsOutOfRange) {
  auto t = two_levels();
  t["input_blocks.0.0.weight"] = shaped({std::int64_t{1} << 40, 4, 3, 3});
  EXPECT_EQ(error_of(t),
            "model.safetensors: UNet: channels 1099511627776 are out of range 1..8192");
}

TEST(UNetConfigDetect, RejectsALevelOfTwoWidths) {
  auto t = two_levels();
  add_res(t, "input_blocks.4.0", 128, 256);
  EXPECT_EQ(error_of(t), "model.safetensors: UNet: level 1 has blocks of 128 and of 256 channels");
}

TEST(UNetConfigDetect, RejectsALevelWithoutBlocks) {
  auto t = two_levels();
  t["input_blocks.4.0.op.weight"] = shaped({128, 128, 3, 3});
  EXPECT_EQ(error_of(t), "model.safetensors: UNet: level 2 has no residual block");
}

TEST(UNetConfigDetect, RejectsAMiddleWithoutTransformer) {
  auto t = two_levels();
  t.erase("middle_block.1.proj_in.weight");
  EXPECT_EQ(error_of(t),
            "model.safetensors: UNet: the middle block has no transformer\n"
            "  hint: only networks of the Stable Diffusion design are supported");
}

TEST(UNetConfigDetect, RejectsChannelsThatDoNotFormHeads) {
  auto t = linear(two_levels());
  t["input_blocks.3.0.out_layers.3.weight"] = shaped({96, 96, 3, 3});
  EXPECT_EQ(error_of(t),
            "model.safetensors: UNet: channels 96 do not divide into heads of 64 channels");
}

TEST(UNetConfigDetect, RejectsAVectorWithoutRoomForTheText) {
  auto t = linear(two_levels());
  t["label_emb.0.0.weight"] = shaped({256, 1536});
  EXPECT_EQ(error_of(t),
            "model.safetensors: UNet: a vector of 1536 numbers has no room for the text beside "
            "the 1536 of sizes");
}

TEST(UNetConfigDetect, RejectsFewerChannelsInThanOut) {
  auto t = two_levels();
  t["out.2.weight"] = shaped({5, 64, 3, 3});
  EXPECT_EQ(error_of(t), "model.safetensors: UNet: 4 input channels are too few for a latent of 5");
}

TEST(UNetConfigDetect, RejectsWidthsOutOfRange) {
  auto t = two_levels();
  t["label_emb.0.0.weight"] = shaped({256, 9000});
  EXPECT_EQ(error_of(t), "model.safetensors: UNet: vector width 9000 is out of range 1..8192");
  t = two_levels();
  t["label_emb.weight"] = shaped({0, 256});
  EXPECT_EQ(error_of(t),
            "model.safetensors: UNet: number of noise levels 0 is out of range 1..8192");
}

}  // namespace

}  // namespace calotype
