#include "checkpoint/diffusers_folder.h"

#include <gtest/gtest.h>

#include "calotype/safetensors.h"
#include "support/archives.h"
#include "support/error_text.h"
#include "support/temp_dir.h"
#include "support/unet_outline.h"

namespace calotype {
namespace {

using test::archive_of;
using test::error_text;
using test::TempDir;
using Names = std::vector<std::string>;

/// A folder with one tensor in each part but the UNet, which has its outline.
class DiffusersFolder : public testing::Test {
 protected:
  DiffusersFolder() {
    for (const char* part : {"unet", "vae", "text_encoder", "tokenizer", "scheduler"}) {
      std::filesystem::create_directory(dir_ / part);
    }
    dir_.write("model_index.json", "{}");
    dir_.write("scheduler/scheduler_config.json", R"({"prediction_type": "v_prediction"})");
    dir_.write("vae/config.json", R"({"scaling_factor": 0.5})");
    dir_.write("tokenizer/vocab.json", "{}");
    write_safetensors(dir_ / "unet/diffusion_pytorch_model.safetensors",
                      archive_of(test::diffusers_unet_outline()));
    write_safetensors(dir_ / "vae/diffusion_pytorch_model.safetensors",
                      archive_of({{"decoder.conv_norm_out.bias", {4}}}));
    write_safetensors(dir_ / "text_encoder/model.fp16.safetensors",
                      archive_of({{"text_model.final_layer_norm.bias", {4}}}));
  }
  std::string error() const {
    const std::string text = error_text([&] { open_diffusers_folder(dir_.path(), {}); });
    const std::string folder = dir_.path().string() + "/";
    return text.starts_with(folder) ? text.substr(folder.size()) : text;
  }
  TempDir dir_;
};

TEST_F(DiffusersFolder, GivesAllPartsUnderOriginalNames) {
  EXPECT_TRUE(is_diffusers_folder(dir_.path()));
  const CheckpointParts parts = open_diffusers_folder(dir_.path(), {});
  EXPECT_NE(parts.unet->shape("input_blocks.1.0.in_layers.2.weight"), nullptr);
  EXPECT_EQ(to_text(parts.unet_config->kind()), "SD 1.x");
  EXPECT_EQ(parts.vae->names(), Names{"decoder.norm_out.bias"});
  EXPECT_EQ(parts.text_encoder->names(), Names{"text_model.final_layer_norm.bias"});
  EXPECT_EQ(parts.text_encoder_2, nullptr);
  EXPECT_EQ(parts.settings.prediction, Prediction::v);
  EXPECT_EQ(parts.settings.vae_scaling, 0.5);
  EXPECT_EQ(parts.tokenizer, dir_ / "tokenizer");
  EXPECT_EQ(parts.unet->origin(), (dir_ / "unet/diffusion_pytorch_model.safetensors").string());
}

TEST_F(DiffusersFolder, GivesTheVaeAlone) {
  for (const auto& folder : {dir_.path(), dir_ / "vae"}) {
    const VaePart part = open_diffusers_vae(folder);
    EXPECT_EQ(part.weights->names(), Names{"decoder.norm_out.bias"});
    EXPECT_EQ(part.scaling, 0.5);
  }
}

TEST_F(DiffusersFolder, GivesTheUNetAlone) {
  const CheckpointParts whole = open_diffusers_unet(dir_.path(), {});
  EXPECT_EQ(whole.settings.prediction, Prediction::v);
  const CheckpointParts part = open_diffusers_unet(dir_ / "unet", {});
  EXPECT_EQ(part.unet->names(), whole.unet->names());
  EXPECT_EQ(part.settings.prediction, std::nullopt);
  EXPECT_EQ(part.vae, nullptr);
}

TEST_F(DiffusersFolder, GivesTheSecondTextEncoder) {
  std::filesystem::create_directory(dir_ / "text_encoder_2");
  write_safetensors(dir_ / "text_encoder_2/model.safetensors", archive_of({{"b", {1}}}));
  EXPECT_EQ(open_diffusers_folder(dir_.path(), {}).text_encoder_2->names(), Names{"b"});
}

TEST_F(DiffusersFolder, KnowsWhatAnEmptyTextIsToThePipeline) {
  EXPECT_EQ(open_diffusers_folder(dir_.path(), {}).settings.zero_empty_text, std::nullopt);
  dir_.write("model_index.json", R"({"force_zeros_for_empty_prompt": false})");
  EXPECT_EQ(open_diffusers_folder(dir_.path(), {}).settings.zero_empty_text, false);
}

TEST_F(DiffusersFolder, LeavesAbsentFoldersNull) {
  std::filesystem::remove_all(dir_ / "vae");
  std::filesystem::remove_all(dir_ / "tokenizer");
  const CheckpointParts parts = open_diffusers_folder(dir_.path(), {});
  EXPECT_EQ(parts.vae, nullptr);
  EXPECT_TRUE(parts.tokenizer.empty());
  EXPECT_EQ(error_text([&] { require_all_parts(parts); }),
            dir_.path().string() +
                ": the checkpoint has no VAE\n"
                "  hint: use a complete checkpoint; to read the UNet alone, use LoadDenoiser");
}

TEST_F(DiffusersFolder, RefusesAbsentWeights) {
  std::filesystem::remove(dir_ / "unet/diffusion_pytorch_model.safetensors");
  EXPECT_EQ(error(),
            "unet: there are no weights: expected \"diffusion_pytorch_model.safetensors\"");
}

TEST_F(DiffusersFolder, RefusesSettingsOfOtherModels) {
  dir_.write("text_encoder/config.json", R"({"hidden_act": "gelu"})");
  EXPECT_EQ(error(),
            "text_encoder/config.json: \"hidden_act\" is \"gelu\": this version computes "
            "\"quick_gelu\"");
  dir_.write("unet/config.json", R"({"attention_head_dim": 4})");
  EXPECT_EQ(error(), "unet/config.json: \"attention_head_dim\" is 4: this version computes [8]");
  dir_.write("unet/config.json", "{}");
  dir_.write("model_index.json", R"({"is_cosxl_edit": true})");
  EXPECT_EQ(error(), "model_index.json: \"is_cosxl_edit\" is true: this version computes false");
}

}  // namespace
}  // namespace calotype
