#include "checkpoint/compvis_names.h"

#include <gtest/gtest.h>

namespace calotype {
namespace {

TEST(CompvisNames, DropThePrefixOfTheirPart) {
  EXPECT_EQ(compvis_unet_name("model.diffusion_model.out.0.weight"), "out.0.weight");
  EXPECT_EQ(compvis_vae_name("first_stage_model.quant_conv.bias"), "quant_conv.bias");
  EXPECT_EQ(compvis_text_name("cond_stage_model.transformer.text_model.final_layer_norm.bias"),
            "final_layer_norm.bias");
}

TEST(CompvisNames, AcceptOlderTextNamesWithoutSegment) {
  EXPECT_EQ(compvis_text_name("cond_stage_model.transformer.encoder.layers.0.mlp.fc1.weight"),
            "encoder.layers.0.mlp.fc1.weight");
}

TEST(CompvisNames, AreEmptyForOtherParts) {
  EXPECT_EQ(compvis_unet_name("first_stage_model.quant_conv.bias"), "");
  EXPECT_EQ(compvis_vae_name("model.diffusion_model.out.0.weight"), "");
  EXPECT_EQ(compvis_text_name("model_ema.decay"), "");
}

TEST(CompvisNames, LeaveOutBuffersAndTrainingState) {
  for (const char* name : {"betas", "alphas_cumprod", "alphas_cumprod_prev", "model_ema.decay",
                           "sqrt_one_minus_alphas_cumprod", "posterior_variance", "scale_factor",
                           "model_ema.diffusion_modelinput_blocks00weight"}) {
    EXPECT_EQ(compvis_unet_name(name) + compvis_vae_name(name) + compvis_text_name(name), "");
  }
  EXPECT_EQ(compvis_text_name("cond_stage_model.transformer.text_model.embeddings.position_ids"),
            "");
  EXPECT_EQ(compvis_text_name("cond_stage_model.transformer.embeddings.position_ids"), "");
  EXPECT_EQ(compvis_vae_name("first_stage_model.loss.logvar"), "");
  EXPECT_EQ(bare_vae_name("model_ema.num_updates"), "");
  EXPECT_EQ(bare_text_name("text_projection.weight"), "");
}

}  // namespace
}  // namespace calotype
