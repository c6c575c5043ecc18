#include "calotype/weights_kind.h"

#include <gtest/gtest.h>

#include "support/archives.h"

namespace calotype {
namespace {

WeightsKind kind_of_names(const std::vector<std::string>& names) {
  TensorArchive archive;
  for (const std::string& name : names) {
    archive.tensors.push_back(test::counting_tensor(name, {1}));
  }
  return recognise_weights(archive);
}

std::string described(const std::vector<std::string>& names) {
  const WeightsKind kind = kind_of_names(names);
  return std::string(kind.name) + ": " + std::string(kind.hint);
}

TEST(WeightsKind, TellsWhatIsNoCheckpointAndWhatToDo) {
  const std::string lora =
      "a LoRA: this version applies no LoRAs; give the checkpoint that it is made for";
  EXPECT_EQ(described({"lora_unet_down_blocks_0_attentions_0_proj_in.lora_down.weight"}), lora);
  EXPECT_EQ(described({"base_model.model.down_blocks.0.attn1.to_q.lora_A.weight"}), lora);
  EXPECT_EQ(described({"unet.down_blocks.0.attn1.processor.to_q_lora.down.weight"}), lora);
  EXPECT_EQ(described({"diffusion_model.double_blocks.0.img_attn.proj.lora_A.weight"}), lora);
  const std::string embedding =
      "an embedding of textual inversion: this version reads no embeddings; give a whole "
      "checkpoint";
  for (const char* name : {"string_to_param.*", "emb_params", "<cat-toy>", "clip_l"}) {
    EXPECT_EQ(described({name}), embedding) << name;
  }
  EXPECT_EQ(described({"clip_g", "clip_l"}), embedding);
  EXPECT_EQ(described({"image_proj.norm.weight", "ip_adapter.1.to_k_ip.weight"}),
            "an IP-Adapter: this version has no IP-Adapters; give a whole checkpoint");
  EXPECT_EQ(described({"ip_adapter.0.to_q_lora.down.weight"}),
            "an IP-Adapter: this version has no IP-Adapters; give a whole checkpoint");
  EXPECT_EQ(described({"down_blocks.0.motion_modules.0.temporal_transformer.norm.weight"}),
            "a motion module: this version makes no videos; give a whole checkpoint");
  EXPECT_EQ(described({"text_model.final_layer_norm.bias"}),
            "a text encoder alone: give a whole checkpoint");
  EXPECT_EQ(described({"text_model.final_layer_norm.bias", "vision_model.class_embedding"}),
            "an image encoder: to read an image encoder, use LoadImageEncoder");
}

TEST(WeightsKind, TellsControlNetsInEveryLayout) {
  const std::string expected =
      "a ControlNet: this version has no ControlNets; give a whole checkpoint";
  EXPECT_EQ(described({"control_model.input_blocks.0.0.weight"}), expected);
  EXPECT_EQ(described({"input_blocks.0.0.weight", "input_hint_block.0.weight"}), expected);
  EXPECT_EQ(described({"down_blocks.0.resnets.0.conv1.weight", "controlnet_down_blocks.0.weight"}),
            expected);
  EXPECT_EQ(described({"input_blocks.0.0.weight", "lora_controlnet"}), expected);
}

TEST(WeightsKind, TellsModelsOfOtherFamiliesWithAndWithoutPrefix) {
  const std::string families = ": this version computes Stable Diffusion 1.x, 2.x and XL";
  for (const std::string& prefix : {std::string(), std::string("model.diffusion_model.")}) {
    EXPECT_EQ(described({prefix + "joint_blocks.0.x_block.attn.proj.weight"}),
              "an SD 3 model" + families);
    EXPECT_EQ(described({prefix + "double_blocks.0.img_attn.proj.weight"}),
              "a Flux model" + families);
  }
  EXPECT_EQ(described({"transformer_blocks.0.norm1.linear.weight"}),
            "a diffusion transformer, such as SD 3 or Flux" + families);
}

TEST(WeightsKind, TellsAveragedWeightsOnlyWhereTheyAreAlone) {
  const std::string averaged = "model_ema.diffusion_modelinput_blocks00weight";
  EXPECT_EQ(described({"first_stage_model.quant_conv.bias", averaged}),
            "a checkpoint whose UNet has averaged weights alone: give a copy that has its weights "
            "under model.diffusion_model");
  EXPECT_EQ(described({"model.diffusion_model.out.2.bias", averaged}),
            "a checkpoint or its UNet: to read a UNet alone, use LoadDenoiser");
  EXPECT_EQ(described({"input_blocks.0.0.weight", averaged}),
            "a UNet alone: to read a UNet alone, use LoadDenoiser");
}

TEST(WeightsKind, CallsForeignWhatHasNoDenoisingNetworkOfOurs) {
  for (const char* name :
       {"lora_unet_x.alpha", "control_model.x", "joint_blocks.0.x", "emb_params",
        "model_ema.diffusion_modelout2bias", "model.diffusion_model.double_blocks.0.x",
        "down_blocks.0.motion_modules.0.x"}) {
    EXPECT_TRUE(kind_of_names({name}).is_foreign) << name;
  }
  for (const char* name : {"conv_in.weight", "decoder.conv_in.weight", "text_model.x"}) {
    EXPECT_FALSE(kind_of_names({name}).is_foreign) << name;
  }
  // The first ControlNets were published inside of whole checkpoints.
  for (const char* more : {"control_model.x", "lora_te_x.alpha", "controlnet_marker"}) {
    const WeightsKind kind = kind_of_names({more, "model.diffusion_model.out.2.bias"});
    EXPECT_FALSE(kind.is_foreign) << more;
    EXPECT_EQ(kind.name, "a checkpoint or its UNet") << more;
  }
}

TEST(WeightsKind, IsEmptyForNamesThatAreNotKnown) {
  EXPECT_EQ(described({}), ": ");
  EXPECT_EQ(described({"latent"}), ": ");
  EXPECT_EQ(described({"first_stage_model.decoder.conv_in.weight"}), ": ");
  EXPECT_EQ(described({"clip_l.transformer.text_model.embeddings.position_ids"}), ": ");
  EXPECT_EQ(described({"model.diffusion_model.transformer_blocks.0.attn1.to_q.weight"}), ": ");
}

}  // namespace
}  // namespace calotype
