#include <gtest/gtest.h>

#include "checkpoint/diffusers_names.h"

namespace calotype {
namespace {

/// Names that show the layout of SD 1.x: 4 levels of 2 blocks, no attention in the deepest.
std::vector<std::string> sd1_layout() {
  std::vector<std::string> names;
  for (int i = 0; i < 4; ++i) {
    const std::string down = "down_blocks." + std::to_string(i);
    const std::string up = "up_blocks." + std::to_string(i);
    for (int j = 0; j < 2; ++j) names.push_back(down + ".resnets." + std::to_string(j) + ".a");
    for (int j = 0; j < 3; ++j) names.push_back(up + ".resnets." + std::to_string(j) + ".a");
    if (i < 3) names.push_back(down + ".attentions.0.a");
    if (i > 0) names.push_back(up + ".attentions.0.a");
    if (i < 3) names.push_back(down + ".downsamplers.0.conv.bias");
    if (i < 3) names.push_back(up + ".upsamplers.0.conv.bias");
  }
  return names;
}

TEST(DiffusersUNetNames, MapTheLayoutOfSd1) {
  const DiffusersUNetNames names(sd1_layout());
  const std::pair<const char*, const char*> table[] = {
      {"conv_in.weight", "input_blocks.0.0.weight"},
      {"time_embedding.linear_1.bias", "time_embed.0.bias"},
      {"time_embedding.linear_2.weight", "time_embed.2.weight"},
      {"down_blocks.0.resnets.1.norm1.weight", "input_blocks.2.0.in_layers.0.weight"},
      {"down_blocks.0.downsamplers.0.conv.bias", "input_blocks.3.0.op.bias"},
      {"down_blocks.1.resnets.0.conv_shortcut.weight", "input_blocks.4.0.skip_connection.weight"},
      {"down_blocks.2.attentions.1.proj_in.bias", "input_blocks.8.1.proj_in.bias"},
      {"down_blocks.3.resnets.1.time_emb_proj.weight", "input_blocks.11.0.emb_layers.1.weight"},
      {"mid_block.resnets.0.conv1.bias", "middle_block.0.in_layers.2.bias"},
      {"mid_block.attentions.0.norm.weight", "middle_block.1.norm.weight"},
      {"mid_block.resnets.1.conv2.weight", "middle_block.2.out_layers.3.weight"},
      {"up_blocks.0.resnets.2.norm2.bias", "output_blocks.2.0.out_layers.0.bias"},
      {"up_blocks.0.upsamplers.0.conv.weight", "output_blocks.2.1.conv.weight"},
      {"up_blocks.1.upsamplers.0.conv.weight", "output_blocks.5.2.conv.weight"},
      {"up_blocks.3.attentions.2.transformer_blocks.0.attn1.to_out.0.bias",
       "output_blocks.11.1.transformer_blocks.0.attn1.to_out.0.bias"},
      {"class_embedding.weight", "label_emb.weight"},
      {"class_embedding.linear_2.bias", "label_emb.0.2.bias"},
      {"add_embedding.linear_1.weight", "label_emb.0.0.weight"},
      {"conv_norm_out.weight", "out.0.weight"},
      {"conv_out.bias", "out.2.bias"}};
  for (const auto& [theirs, ours] : table) EXPECT_EQ(names.rename(theirs), ours);
}

TEST(DiffusersUNetNames, CountBlocksFromTheNames) {
  const DiffusersUNetNames names({"down_blocks.0.resnets.0.a", "down_blocks.0.downsamplers.0.a",
                                  "down_blocks.1.resnets.0.a", "up_blocks.0.resnets.0.a",
                                  "up_blocks.0.resnets.1.a", "up_blocks.1.resnets.1.a"});
  EXPECT_EQ(names.rename("down_blocks.1.resnets.0.conv1.bias"),
            "input_blocks.3.0.in_layers.2.bias");
  EXPECT_EQ(names.rename("up_blocks.1.resnets.0.conv1.bias"), "output_blocks.2.0.in_layers.2.bias");
}

TEST(DiffusersUNetNames, LeaveUnknownNamesAsTheyAre) {
  const DiffusersUNetNames names({"down_blocks.0.resnets.0.a", "up_blocks.0.wheels.0.a"});
  for (const char* name : {"conv_inner.weight", "down_blocks.x.resnets.0.a", "encoder.a",
                           "up_blocks.0.wheels.0.a", "down_blocks.0.resnets.99999.a", ""}) {
    EXPECT_EQ(names.rename(name), name);
  }
}

}  // namespace
}  // namespace calotype
