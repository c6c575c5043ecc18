#include "checkpoint/single_file.h"

#include <gtest/gtest.h>

#include "support/archives.h"
#include "support/error_text.h"

namespace calotype {
namespace {

using test::archive_of;
using test::error_text;
using Names = std::vector<std::string>;

TensorArchive whole_checkpoint() {
  return archive_of({{"model.diffusion_model.out.2.bias", {4}},
                     {"first_stage_model.quant_conv.bias", {8}},
                     {"first_stage_model.loss.logvar", {1}},
                     {"cond_stage_model.transformer.text_model.final_layer_norm.bias", {2}},
                     {"cond_stage_model.transformer.text_model.embeddings.position_ids", {1, 77}},
                     {"betas", {1000}},
                     {"model_ema.decay", {1}}});
}

std::string refusal(const TensorArchive& archive) {
  return error_text([&] { split_single_file(archive, "m.safetensors"); });
}

std::string vae_refusal(const TensorArchive& archive) {
  return error_text([&] { find_vae(archive, "m.safetensors"); });
}

TEST(SingleFile, SortsTensorsByPart) {
  const CheckpointParts parts = split_single_file(whole_checkpoint(), "m.safetensors");
  EXPECT_EQ(parts.origin, "m.safetensors");
  EXPECT_EQ(parts.unet->names(), Names{"out.2.bias"});
  EXPECT_EQ(parts.vae->names(), Names{"quant_conv.bias"});
  EXPECT_EQ(parts.text_encoder->names(),
            (Names{"text_model.embeddings.position_ids", "text_model.final_layer_norm.bias"}));
  EXPECT_EQ(parts.unet->origin(), "m.safetensors");
  EXPECT_EQ(parts.settings.prediction, std::nullopt);
  EXPECT_TRUE(parts.tokenizer.empty());
}

TEST(SingleFile, SortsThePartsOfOtherFamilies) {
  const auto sdxl =
      split_single_file(archive_of({{"conditioner.embedders.0.transformer.text_model.a", {1}},
                                    {"conditioner.embedders.1.model.b", {1}}}),
                        "m");
  EXPECT_EQ(sdxl.text_encoder->names(), Names{"text_model.a"});
  EXPECT_EQ(sdxl.text_encoder_2->names(), Names{"b"});
  const auto sd2 = split_single_file(archive_of({{"cond_stage_model.model.a", {1}},
                                                 {"depth_model.model.pretrained.b", {1}},
                                                 {"low_scale_model.betas", {1000}},
                                                 {"embedder.model.visual.c", {1}},
                                                 {"noise_augmentor.data_mean", {1}}}),
                                     "m");
  EXPECT_EQ(sd2.text_encoder->names(), Names{"a"});
  EXPECT_EQ(sd2.unet, nullptr);
}

TEST(SingleFile, LeavesAbsentPartsNull) {
  const CheckpointParts parts =
      split_single_file(archive_of({{"model.diffusion_model.out.2.bias", {4}}}), "m");
  EXPECT_NE(parts.unet, nullptr);
  for (const auto& part : {parts.vae, parts.text_encoder, parts.text_encoder_2}) {
    EXPECT_EQ(part, nullptr);
  }
}

TEST(SingleFile, ReadsSettingsFromMetadataAndMarkers) {
  TensorArchive archive = whole_checkpoint();
  archive.metadata["modelspec.prediction_type"] = "v";
  EXPECT_EQ(settings_of(archive).prediction, Prediction::v);
  archive.metadata["modelspec.prediction_type"] = "epsilon";
  EXPECT_EQ(settings_of(archive).prediction, Prediction::epsilon);
  archive.metadata.clear();
  archive.tensors.push_back(test::counting_tensor("v_pred", {1}));
  EXPECT_EQ(settings_of(archive).prediction, Prediction::v);
  EXPECT_EQ(settings_of(archive).zero_terminal_snr, std::nullopt);
  archive.tensors.push_back(test::counting_tensor("ztsnr", {1}));
  EXPECT_EQ(settings_of(archive).zero_terminal_snr, true);
}

TEST(SingleFile, SaysWhatOtherFilesSeemToBe) {
  const std::string expected = "m.safetensors: expected a Stable Diffusion checkpoint, found ";
  const std::string denoiser = "\n  hint: to read a UNet alone, use LoadDenoiser";
  EXPECT_EQ(refusal(archive_of({{"lora_unet_x.alpha", {1}}})),
            expected +
                "a LoRA\n"
                "  hint: this version applies no LoRAs; give the checkpoint that it is made for");
  EXPECT_EQ(refusal(archive_of({{"conv_in.weight", {1}}})),
            expected + "a UNet alone, of a diffusers folder" + denoiser);
  EXPECT_EQ(refusal(archive_of({{"input_blocks.0.0.weight", {1}}})),
            expected + "a UNet alone" + denoiser);
  EXPECT_EQ(refusal(archive_of({{"decoder.conv_in.weight", {1}}})),
            expected + "a VAE alone\n  hint: to read a VAE alone, use LoadVAE");
  EXPECT_EQ(refusal(archive_of({{"something", {1}}})), expected + "tensors such as \"something\"");
  EXPECT_EQ(refusal({}), expected + "no tensors");
}

TEST(SingleFile, RefusesCheckpointsWithADenoiserOfAnotherDesign) {
  const std::string expected = "m.safetensors: expected a Stable Diffusion checkpoint, found ";
  EXPECT_EQ(refusal(archive_of({{"model.diffusion_model.joint_blocks.0.x", {1}},
                                {"first_stage_model.quant_conv.bias", {8}}})),
            expected +
                "an SD 3 model\n"
                "  hint: this version computes Stable Diffusion 1.x, 2.x and XL");
  EXPECT_EQ(refusal(archive_of({{"model_ema.diffusion_modelout2bias", {4}},
                                {"first_stage_model.quant_conv.bias", {8}}})),
            expected +
                "a checkpoint whose UNet has averaged weights alone\n"
                "  hint: give a copy that has its weights under model.diffusion_model");
}

TEST(UNetFile, AcceptsCheckpointsAndBareFilesInBothLayouts) {
  EXPECT_EQ(find_unet(whole_checkpoint(), "m")->names(), Names{"out.2.bias"});
  EXPECT_EQ(find_unet(archive_of({{"input_blocks.0.0.weight", {1}}, {"model_ema.decay", {1}}}), "m")
                ->names(),
            Names{"input_blocks.0.0.weight"});
  EXPECT_EQ(
      find_unet(archive_of({{"conv_in.weight", {1}}, {"down_blocks.0.resnets.0.conv1.bias", {1}}}),
                "m")
          ->names(),
      (Names{"input_blocks.0.0.weight", "input_blocks.1.0.in_layers.2.bias"}));
}

TEST(UNetFile, RefusesFilesWithoutUNet) {
  EXPECT_EQ(error_text([] {
              find_unet(archive_of({{"decoder.conv_in.weight", {1}}}), "m");
            }),
            "m: expected a UNet, found a VAE alone\n  hint: to read a VAE alone, use LoadVAE");
  EXPECT_EQ(error_text([] {
              find_unet(archive_of({{"conv_in.weight", {1}},
                                    {"down_blocks.0.resnets.0.conv1.bias", {1}},
                                    {"controlnet_down_blocks.0.weight", {1}}}),
                        "m");
            }),
            "m: expected a UNet, found a ControlNet\n"
            "  hint: this version has no ControlNets; give a whole checkpoint");
}

TEST(VaeFile, AcceptsCheckpointsAndBareFilesInBothLayouts) {
  EXPECT_EQ(find_vae(whole_checkpoint(), "m")->names(), Names{"quant_conv.bias"});
  const auto bare = archive_of({{"decoder.conv_in.weight", {1}},
                                {"decoder.up.0.block.0.norm1.bias", {1}},
                                {"loss.logvar", {1}},
                                {"model_ema.num_updates", {1}}});
  EXPECT_EQ(find_vae(bare, "m")->names(),
            (Names{"decoder.conv_in.weight", "decoder.up.0.block.0.norm1.bias"}));
  const auto diffusers = archive_of({{"decoder.conv_in.weight", {1}},
                                     {"decoder.up_blocks.1.resnets.0.norm1.bias", {1}},
                                     {"decoder.mid_block.attentions.0.query.bias", {1}}});
  EXPECT_EQ(find_vae(diffusers, "m")->names(),
            (Names{"decoder.conv_in.weight", "decoder.mid.attn_1.q.bias",
                   "decoder.up.0.block.0.norm1.bias"}));
}

TEST(VaeFile, RefusesFilesWithoutVae) {
  EXPECT_EQ(vae_refusal(archive_of({{"lora_unet_x", {1}}})),
            "m.safetensors: expected a VAE, found a LoRA\n"
            "  hint: this version applies no LoRAs; give the checkpoint that it is made for");
  EXPECT_EQ(vae_refusal(archive_of({{"model.diffusion_model.out.2.bias", {1}}})),
            "m.safetensors: expected a VAE, found a checkpoint or its UNet\n"
            "  hint: to read a UNet alone, use LoadDenoiser");
}

}  // namespace
}  // namespace calotype
