#include "checkpoint/compvis_names.h"

#include <gtest/gtest.h>

namespace calotype {
namespace {

TEST(CompvisNames, DropThePrefixOfTheirPart) {
  EXPECT_EQ(after_prefix("model.diffusion_model.out.0.weight", kUNetPrefix), "out.0.weight");
  EXPECT_EQ(compvis_vae_name("first_stage_model.quant_conv.bias"), "quant_conv.bias");
}

TEST(CompvisNames, FindTheFirstTextEncoderOfEveryLayout) {
  EXPECT_EQ(compvis_text_name("cond_stage_model.transformer.text_model.final_layer_norm.bias"),
            "text_model.final_layer_norm.bias");
  EXPECT_EQ(compvis_text_name("cond_stage_model.transformer.encoder.layers.0.mlp.fc1.weight"),
            "encoder.layers.0.mlp.fc1.weight");
  EXPECT_EQ(compvis_text_name("cond_stage_model.model.ln_final.weight"), "ln_final.weight");
  EXPECT_EQ(compvis_text_name("conditioner.embedders.0.transformer.text_model.a"), "text_model.a");
  EXPECT_EQ(compvis_text_name("conditioner.embedders.0.model.text_projection"), "text_projection");
}

TEST(CompvisNames, AreEmptyForOtherParts) {
  EXPECT_EQ(after_prefix("first_stage_model.quant_conv.bias", kUNetPrefix), "");
  EXPECT_EQ(compvis_vae_name("model.diffusion_model.out.0.weight"), "");
  for (const char* name : {"model_ema.decay", "conditioner.embedders.1.model.ln_final.weight",
                           "cond_stage_model.roberta.a", "low_scale_model.betas"}) {
    EXPECT_EQ(compvis_text_name(name), "");
  }
}

TEST(CompvisNames, LeaveOutTrainingStateOfTheVae) {
  EXPECT_EQ(compvis_vae_name("first_stage_model.loss.logvar"), "");
  EXPECT_EQ(bare_vae_name("model_ema.num_updates"), "");
  EXPECT_EQ(bare_vae_name("discriminator.main.0.weight"), "");
}

}  // namespace
}  // namespace calotype
