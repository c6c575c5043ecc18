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
  return error_text([&] { split_vae_file(archive, "m.safetensors"); });
}

TEST(SingleFile, SortsTensorsByPart) {
  const CheckpointParts parts = split_single_file(whole_checkpoint(), "m.safetensors");
  EXPECT_EQ(parts.origin, "m.safetensors");
  EXPECT_EQ(parts.unet->names(), Names{"out.2.bias"});
  EXPECT_EQ(parts.vae->names(), Names{"quant_conv.bias"});
  EXPECT_EQ(parts.text_encoder->names(), Names{"final_layer_norm.bias"});
  EXPECT_EQ(parts.unet->origin(), "m.safetensors");
  EXPECT_EQ(parts.prediction, std::nullopt);
  EXPECT_EQ(parts.vae_scaling, 0.18215);
  EXPECT_TRUE(parts.tokenizer.empty());
}

TEST(SingleFile, LeavesAbsentPartsNull) {
  const CheckpointParts parts =
      split_single_file(archive_of({{"model.diffusion_model.out.2.bias", {4}}}), "m");
  EXPECT_NE(parts.unet, nullptr);
  EXPECT_EQ(parts.vae, nullptr);
  EXPECT_EQ(parts.text_encoder, nullptr);
}

TEST(SingleFile, ReadsPredictionFromMetadataOrMarker) {
  TensorArchive archive = whole_checkpoint();
  archive.metadata["modelspec.prediction_type"] = "v";
  EXPECT_EQ(split_single_file(archive, "m").prediction, Prediction::v);
  archive.metadata["modelspec.prediction_type"] = "epsilon";
  EXPECT_EQ(split_single_file(archive, "m").prediction, Prediction::epsilon);
  archive.metadata.clear();
  archive.tensors.push_back(test::counting_tensor("v_pred", {1}));
  EXPECT_EQ(split_single_file(archive, "m").prediction, Prediction::v);
}

TEST(SingleFile, SaysWhatOtherFilesSeemToBe) {
  const std::string expected = "m.safetensors: expected a Stable Diffusion checkpoint, found ";
  EXPECT_EQ(refusal(archive_of({{"lora_unet_x.alpha", {1}}})), expected + "a LoRA");
  EXPECT_EQ(refusal(archive_of({{"control_model.x", {1}}})), expected + "a ControlNet");
  EXPECT_EQ(refusal(archive_of({{"down_blocks.0.x", {1}}})),
            expected + "the UNet of a diffusers folder");
  EXPECT_EQ(refusal(archive_of({{"text_model.x", {1}}})), expected + "a text encoder alone");
  EXPECT_EQ(refusal(archive_of({{"conditioner.x", {1}}})),
            expected + "a part of an SDXL checkpoint");
  EXPECT_EQ(refusal(archive_of({{"cond_stage_model.model.x", {1}}})),
            expected + "a part of an SD 2.x checkpoint");
  EXPECT_EQ(refusal(archive_of({{"emb_params", {1}}})),
            expected + "tensors such as \"emb_params\"");
  EXPECT_EQ(refusal({}), expected + "no tensors");
}

TEST(VaeFile, AcceptsCheckpointsAndBareFilesInBothLayouts) {
  EXPECT_EQ(split_vae_file(whole_checkpoint(), "m").vae->names(), Names{"quant_conv.bias"});
  const auto bare = archive_of({{"decoder.conv_in.weight", {1}},
                                {"decoder.up.0.block.0.norm1.bias", {1}},
                                {"loss.logvar", {1}},
                                {"model_ema.num_updates", {1}}});
  EXPECT_EQ(split_vae_file(bare, "m").vae->names(),
            (Names{"decoder.conv_in.weight", "decoder.up.0.block.0.norm1.bias"}));
  const auto diffusers = archive_of({{"decoder.conv_in.weight", {1}},
                                     {"decoder.up_blocks.1.resnets.0.norm1.bias", {1}},
                                     {"decoder.mid_block.attentions.0.query.bias", {1}}});
  EXPECT_EQ(split_vae_file(diffusers, "m").vae->names(),
            (Names{"decoder.conv_in.weight", "decoder.mid.attn_1.q.bias",
                   "decoder.up.0.block.0.norm1.bias"}));
}

TEST(VaeFile, RefusesFilesWithoutVae) {
  EXPECT_EQ(vae_refusal(archive_of({{"lora_unet_x", {1}}})),
            "m.safetensors: expected a VAE, found a LoRA");
  EXPECT_EQ(vae_refusal(archive_of({{"model.diffusion_model.out.2.bias", {1}}})),
            "m.safetensors: expected a VAE, found tensors such as "
            "\"model.diffusion_model.out.2.bias\"");
}

}  // namespace
}  // namespace calotype
