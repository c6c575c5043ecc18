#include <gtest/gtest.h>

#include "checkpoint/diffusers_names.h"

namespace calotype {
namespace {

TEST(DiffusersVaeNames, CountBothHalvesFromFullResolution) {
  const DiffusersVaeNames names({"decoder.up_blocks.3.resnets.0.norm1.weight"});
  const std::pair<const char*, const char*> table[] = {
      {"encoder.conv_in.weight", "encoder.conv_in.weight"},
      {"encoder.down_blocks.1.resnets.0.conv_shortcut.bias",
       "encoder.down.1.block.0.nin_shortcut.bias"},
      {"encoder.down_blocks.0.downsamplers.0.conv.bias", "encoder.down.0.downsample.conv.bias"},
      {"encoder.mid_block.resnets.1.norm2.weight", "encoder.mid.block_2.norm2.weight"},
      {"encoder.conv_norm_out.weight", "encoder.norm_out.weight"},
      {"decoder.up_blocks.0.resnets.2.conv1.weight", "decoder.up.3.block.2.conv1.weight"},
      {"decoder.up_blocks.2.upsamplers.0.conv.bias", "decoder.up.1.upsample.conv.bias"},
      {"decoder.up_blocks.3.resnets.0.norm1.weight", "decoder.up.0.block.0.norm1.weight"},
      {"quant_conv.weight", "quant_conv.weight"},
      {"post_quant_conv.bias", "post_quant_conv.bias"}};
  for (const auto& [theirs, ours] : table) EXPECT_EQ(names.rename(theirs), ours);
}

TEST(DiffusersVaeNames, KnowOldAndNewAttentionNames) {
  const DiffusersVaeNames names({});
  const std::pair<const char*, const char*> table[] = {{"group_norm.weight", "norm.weight"},
                                                       {"to_q.weight", "q.weight"},
                                                       {"to_k.bias", "k.bias"},
                                                       {"to_v.weight", "v.weight"},
                                                       {"to_out.0.weight", "proj_out.weight"},
                                                       {"query.weight", "q.weight"},
                                                       {"key.bias", "k.bias"},
                                                       {"value.weight", "v.weight"},
                                                       {"proj_attn.weight", "proj_out.weight"},
                                                       {"norm.weight", "norm.weight"}};
  for (const auto& [theirs, ours] : table) {
    EXPECT_EQ(names.rename(std::string("decoder.mid_block.attentions.0.") + theirs),
              std::string("decoder.mid.attn_1.") + ours);
  }
}

TEST(DiffusersVaeNames, AreRecognisedByTheirBlocks) {
  EXPECT_TRUE(DiffusersVaeNames::recognises("encoder.down_blocks.0.resnets.0.norm1.weight"));
  EXPECT_TRUE(DiffusersVaeNames::recognises("decoder.up_blocks.0.resnets.0.norm1.weight"));
  EXPECT_FALSE(DiffusersVaeNames::recognises("encoder.down.0.block.0.norm1.weight"));
  EXPECT_FALSE(DiffusersVaeNames::recognises("decoder.conv_in.weight"));
}

TEST(DiffusersVaeNames, LeaveUnknownNamesAsTheyAre) {
  const DiffusersVaeNames names({});
  for (const char* name : {"encoder.mid_block.x.0.a", "encoder.up_blocks.0.resnets.0.a", "loss.a",
                           "decoder.up_blocks.z.resnets.0.a"}) {
    EXPECT_EQ(names.rename(name), name);
  }
}

}  // namespace
}  // namespace calotype
