#include "depth/depth_config.h"

#include <gtest/gtest.h>

#include <fmt/format.h>

#include <map>
#include <string>

#include "calotype/types/aten.h"
#include "support/error_text.h"
#include "support/map_weights.h"

namespace calotype {

namespace {

using test::error_text;
using Tensors = std::map<std::string, at::Tensor, std::less<>>;

/// The tensors that sizes are read from, of a Depth Anything with `layers` layers.
Tensors outline(int layers) {
  Tensors t{{"pos_embed", at::zeros({1, 26, 128})},
            {"patch_embed.proj.weight", at::zeros({128, 3, 14, 14})},
            {"blocks.0.mlp.fc1.weight", at::zeros({512, 128})},
            {"head.2.weight", at::zeros({32, 16, 3, 3})}};
  for (int i = 0; i < layers; ++i) {
    t[fmt::format("blocks.{}.norm1.weight", i)] = at::zeros({128});
  }
  for (int i = 1; i <= 4; ++i)
    t[fmt::format("layer{}_rn.weight", i)] = at::zeros({32, 8 * i, 3, 3});
  return t;
}

DepthConfig detect(const Tensors& tensors, const DepthHints& hints = {}) {
  return DepthConfig::detect(test::MapWeights(tensors), hints);
}

TEST(DepthConfig, ReadsSizesFromShapes) {
  const DepthConfig c = detect(outline(12));
  EXPECT_EQ(c.design, DepthDesign::depth_anything);
  EXPECT_EQ(c.width, 128);
  EXPECT_EQ(c.layers, 12);
  EXPECT_EQ(c.heads, 2);
  EXPECT_EQ(c.mlp, 512);
  EXPECT_EQ(c.position_side, 5);
  EXPECT_EQ(c.multiple(), 14);
  EXPECT_EQ(c.map_channels, (std::array<std::int64_t, 4>{8, 16, 24, 32}));
  EXPECT_EQ(c.features, 32);
  EXPECT_EQ(c.head_features, 32);
}

TEST(DepthConfig, TapsThePublishedLayersUnlessTold) {
  EXPECT_EQ(detect(outline(12)).taps, (std::vector<std::int64_t>{2, 5, 8, 11}));
  EXPECT_EQ(detect(outline(24)).taps, (std::vector<std::int64_t>{4, 11, 17, 23}));
  EXPECT_EQ(detect(outline(12), {.taps = {8, 9, 10, 11}}).taps,
            (std::vector<std::int64_t>{8, 9, 10, 11}));
}

TEST(DepthConfig, SaysWhatIsNotOfTheDesign) {
  const auto error = [](const Tensors& tensors, const DepthHints& hints = {}) {
    return error_text([&] { detect(tensors, hints); });
  };
  EXPECT_EQ(error({}),
            "model.safetensors: depth model: there is no tensor \"blocks.0.norm1.weight\"\n"
            "  hint: the file is of another kind of model");
  Tensors t = outline(4);
  t["pos_embed"] = at::zeros({1, 25, 128});
  EXPECT_EQ(error(t), "model.safetensors: depth model: 24 learned positions are no square");
  t = outline(4);
  t["head.2.weight"] = at::zeros({32, 16});
  EXPECT_EQ(error(t),
            "model.safetensors: depth model: tensor \"head.2.weight\" has 2 dimensions, not 4");
  t["head.2.weight"] = at::zeros({0, 16, 3, 3});
  EXPECT_EQ(error(t),
            "model.safetensors: depth model: tensor \"head.2.weight\": size 0 is out of range "
            "1..65536");
  EXPECT_EQ(error(outline(4), {.heads = 3}),
            "model.safetensors: depth model: a width of 128 cannot be shared by 3 heads");
  const std::string taps =
      "model.safetensors: depth model: of 4 layers the outputs of 4 rising ones must be used";
  EXPECT_EQ(error(outline(4), {.taps = {0, 1, 2, 4}}), taps);
  EXPECT_EQ(error(outline(4), {.taps = {-1, 1, 2, 3}}), taps);
  EXPECT_EQ(error(outline(4), {.taps = {0, 2, 2, 3}}), taps);
  EXPECT_EQ(error(outline(4), {.taps = {2, 3}}), taps);
  EXPECT_EQ(
      error(outline(2)),
      "model.safetensors: depth model: of 2 layers the outputs of 4 rising ones must be used");
}

TEST(DepthConfig, ChecksTheGroupsOfTheResNet) {
  Tensors t = outline(4);
  t["patch_embed.backbone.stem.conv.weight"] = at::zeros({64, 3, 7, 7});
  for (int i = 0; i < 3; ++i) {
    const std::string block = fmt::format("patch_embed.backbone.stages.{}.blocks.0.", i);
    t[block + "conv1.weight"] = at::zeros({24, 64, 1, 1});
    t[block + "conv3.weight"] = at::zeros({96, 24, 1, 1});
  }
  EXPECT_EQ(error_text([&] { detect(t); }),
            "model.safetensors: depth model: 24 channels cannot be normalised in 32 groups");
  const DepthConfig c = detect(t, {.norm_groups = 8});
  EXPECT_EQ(c.design, DepthDesign::dpt_hybrid);
  EXPECT_EQ(c.stages[2].blocks, 1);
  EXPECT_EQ(c.stages[2].inner, 24);
  EXPECT_EQ(c.taps, (std::vector<std::int64_t>{2, 3}));
  EXPECT_EQ(c.multiple(), 32);
}

}  // namespace

}  // namespace calotype
