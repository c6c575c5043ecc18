#include "checkpoint/diffusers_folder.h"

#include <gtest/gtest.h>

#include "calotype/safetensors.h"
#include "support/archives.h"
#include "support/error_text.h"
#include "support/temp_dir.h"

namespace calotype {
namespace {

using test::archive_of;
using test::error_text;
using test::TempDir;
using Names = std::vector<std::string>;

/// A folder with one tensor in each part.
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
                      archive_of({{"conv_out.bias", {4}}}));
    write_safetensors(dir_ / "vae/diffusion_pytorch_model.safetensors",
                      archive_of({{"decoder.conv_norm_out.bias", {4}}}));
    write_safetensors(dir_ / "text_encoder/model.fp16.safetensors",
                      archive_of({{"text_model.final_layer_norm.bias", {4}}}));
  }
  std::string error() const {
    const std::string text = error_text([&] { open_diffusers_folder(dir_.path()); });
    const std::string folder = dir_.path().string() + "/";
    return text.starts_with(folder) ? text.substr(folder.size()) : text;
  }
  TempDir dir_;
};

TEST_F(DiffusersFolder, GivesAllPartsUnderOriginalNames) {
  EXPECT_TRUE(is_diffusers_folder(dir_.path()));
  const CheckpointParts parts = open_diffusers_folder(dir_.path());
  EXPECT_EQ(parts.unet->names(), Names{"out.2.bias"});
  EXPECT_EQ(parts.vae->names(), Names{"decoder.norm_out.bias"});
  EXPECT_EQ(parts.text_encoder->names(), Names{"final_layer_norm.bias"});
  EXPECT_EQ(parts.prediction, Prediction::v);
  EXPECT_EQ(parts.vae_scaling, 0.5);
  EXPECT_EQ(parts.tokenizer, dir_ / "tokenizer");
  EXPECT_EQ(parts.unet->origin(), (dir_ / "unet/diffusion_pytorch_model.safetensors").string());
}

TEST_F(DiffusersFolder, GivesTheVaeAlone) {
  for (const auto& folder : {dir_.path(), dir_ / "vae"}) {
    const CheckpointParts parts = open_diffusers_vae(folder);
    EXPECT_EQ(parts.vae->names(), Names{"decoder.norm_out.bias"});
    EXPECT_EQ(parts.vae_scaling, 0.5);
    EXPECT_EQ(parts.unet, nullptr);
  }
}

TEST_F(DiffusersFolder, LeavesAbsentFoldersNull) {
  std::filesystem::remove_all(dir_ / "vae");
  std::filesystem::remove_all(dir_ / "tokenizer");
  const CheckpointParts parts = open_diffusers_folder(dir_.path());
  EXPECT_EQ(parts.vae, nullptr);
  EXPECT_TRUE(parts.tokenizer.empty());
  EXPECT_EQ(error_text([&] { require_all_parts(parts); }),
            dir_.path().string() +
                ": the checkpoint has no VAE\n"
                "  hint: use a complete checkpoint of the SD 1.x family");
}

TEST_F(DiffusersFolder, RefusesPickleWeights) {
  std::filesystem::rename(dir_ / "unet/diffusion_pytorch_model.safetensors",
                          dir_ / "unet/diffusion_pytorch_model.bin");
  EXPECT_EQ(error(),
            "unet: holds pickle weights (.bin), which this version does not read: expected "
            "\"diffusion_pytorch_model.safetensors\"\n"
            "  hint: convert the model to safetensors");
}

TEST_F(DiffusersFolder, RefusesShardedAndAbsentWeights) {
  std::filesystem::remove(dir_ / "unet/diffusion_pytorch_model.safetensors");
  EXPECT_EQ(error(),
            "unet: there are no weights: expected \"diffusion_pytorch_model.safetensors\"");
  dir_.write("unet/diffusion_pytorch_model.safetensors.index.json", "{}");
  EXPECT_EQ(error(),
            "unet: the weights are cut into several files, which this version does not read: "
            "expected \"diffusion_pytorch_model.safetensors\"");
}

TEST_F(DiffusersFolder, RefusesFilesWithoutTensors) {
  write_safetensors(dir_ / "unet/diffusion_pytorch_model.safetensors", {});
  EXPECT_EQ(error(), "unet/diffusion_pytorch_model.safetensors: there are no tensors in the file");
}

TEST_F(DiffusersFolder, RefusesSettingsOfOtherModels) {
  dir_.write("text_encoder/config.json", R"({"hidden_act": "gelu"})");
  EXPECT_EQ(error(),
            "text_encoder/config.json: \"hidden_act\" is \"gelu\": this version computes "
            "\"quick_gelu\"");
}

}  // namespace
}  // namespace calotype
