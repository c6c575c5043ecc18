#include "unet/unet_config.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <map>
#include <string>

#include "calotype/error.h"
#include "support/map_weights.h"

namespace calotype {

namespace {

using Tensors = std::map<std::string, at::Tensor, std::less<>>;

at::Tensor shaped(std::initializer_list<std::int64_t> shape) {
  return at::zeros({}, at::kFloat).expand(at::IntArrayRef(shape));
}

void add_transformer(Tensors& t, const std::string& name, std::int64_t width, int depth = 1) {
  t[name + ".proj_in.weight"] = shaped({width, width, 1, 1});
  for (int i = 0; i < depth; ++i) {
    const std::string block = fmt::format("{}.transformer_blocks.{}.", name, i);
    t[block + "attn1.to_q.weight"] = shaped({width, width});
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
  EXPECT_EQ(config.res_blocks, 1);
  EXPECT_EQ(config.transformer_depth, 1);
  EXPECT_EQ(config.context_width, 96);
  ASSERT_EQ(config.levels.size(), 2U);
  EXPECT_EQ(config.levels[0].channels, 64);
  EXPECT_FALSE(config.levels[0].transformers);
  EXPECT_EQ(config.levels[1].channels, 128);
  EXPECT_TRUE(config.levels[1].transformers);
  EXPECT_TRUE(weights.read.empty());
}

TEST(UNetConfigDetect, NamesTheFirstTensorThatIsMissing) {
  EXPECT_EQ(error_of({}),
            "model.safetensors: UNet: there is no tensor \"input_blocks.0.0.weight\"\n"
            "  hint: the file is not of a denoising network of the Stable Diffusion 1.x design");
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

TEST(UNetConfigDetect, RejectsLevelsOfDifferentLengths) {
  auto t = two_levels();
  add_res(t, "input_blocks.4.0", 128, 128);
  add_transformer(t, "input_blocks.4.1", 128);
  EXPECT_EQ(error_of(t), "model.safetensors: UNet: level 0 has 1 residual blocks, level 1 has 2");
}

TEST(UNetConfigDetect, RejectsALevelOfTwoWidths) {
  auto t = two_levels();
  add_res(t, "input_blocks.4.0", 128, 256);
  EXPECT_EQ(error_of(t), "model.safetensors: UNet: level 1 has blocks of 128 and of 256 channels");
}

TEST(UNetConfigDetect, RejectsALevelWithATransformerAfterSomeBlocks) {
  auto t = two_levels();
  add_res(t, "input_blocks.4.0", 128, 128);
  EXPECT_EQ(
      error_of(t),
      "model.safetensors: UNet: level 1 has a transformer after some of its residual blocks only");
}

TEST(UNetConfigDetect, RejectsALevelWithoutBlocks) {
  auto t = two_levels();
  t["input_blocks.4.0.op.weight"] = shaped({128, 128, 3, 3});
  EXPECT_EQ(error_of(t), "model.safetensors: UNet: level 2 has no residual block");
}

TEST(UNetConfigDetect, RejectsTransformersOfDifferentDepths) {
  auto t = two_levels();
  add_transformer(t, "input_blocks.3.1", 128, 2);
  EXPECT_EQ(error_of(t),
            "model.safetensors: UNet: level 1 has transformers of depth 2, the middle block of "
            "depth 1");
}

TEST(UNetConfigDetect, RejectsAMiddleWithoutTransformer) {
  auto t = two_levels();
  t.erase("middle_block.1.proj_in.weight");
  EXPECT_EQ(error_of(t),
            "model.safetensors: UNet: the middle block has no transformer\n"
            "  hint: only networks of the Stable Diffusion 1.x design are supported");
}

TEST(UNetConfigDetect, RejectsTheSecondGeneration) {
  auto t = two_levels();
  t["middle_block.1.proj_in.weight"] = shaped({128, 128});
  t["middle_block.1.transformer_blocks.0.attn2.to_k.weight"] = shaped({128, 1024});
  EXPECT_EQ(error_of(t),
            "model.safetensors: UNet: text context of width 1024 with linear projections is the "
            "Stable Diffusion 2.x design\n  hint: use a Stable Diffusion 1.x model");
}

}  // namespace

}  // namespace calotype
