#include "checkpoint/load_checkpoint.h"

#include <gtest/gtest.h>

#include "calotype/safetensors.h"
#include "checkpoint/load_vae.h"
#include "support/archives.h"
#include "support/error_text.h"
#include "support/temp_dir.h"

namespace calotype {
namespace {

std::string load_error(const LoadCheckpoint::Params& params) {
  RunContext context;
  return test::error_text([&] { LoadCheckpoint::run({}, params, context); });
}

/// A file with one layer of an SDXL UNet.
std::filesystem::path write_sdxl(const test::TempDir& dir) {
  const std::string unet = "model.diffusion_model.";
  const auto file = dir / "xl.safetensors";
  write_safetensors(
      file, test::archive_of(
                {{unet + "input_blocks.0.0.weight", {2, 4, 3, 3}},
                 {unet + "input_blocks.4.1.transformer_blocks.0.attn2.to_k.weight", {2, 2048}},
                 {unet + "label_emb.0.0.weight", {1, 1}}}));
  return file;
}

TEST(LoadCheckpoint, RefusesOtherFamilies) {
  const test::TempDir dir;
  const auto file = write_sdxl(dir);
  EXPECT_EQ(load_error({.path = file.string(), .device = "cpu"}),
            file.string() +
                ": found SDXL base, this version reads SD 1.x text-to-image\n"
                "  hint: use a model of the SD 1.x family; set family to "
                "\"sd1\" if it is one");
}

TEST(LoadCheckpoint, ReadsAsSd1WhenTold) {
  const test::TempDir dir;
  const auto file = write_sdxl(dir);
  EXPECT_EQ(load_error({.path = file.string(), .device = "cpu", .family = FamilyChoice::sd1}),
            file.string() +
                ": the checkpoint has no text encoder and VAE\n"
                "  hint: use a complete checkpoint of the SD 1.x family");
}

TEST(LoadCheckpoint, LooksAtTheDeviceBeforeTheFile) {
  EXPECT_EQ(load_error({.path = "gone", .device = "tpu"}),
            "device \"tpu\" is unknown: expected \"auto\", \"cpu\", \"cuda\" "
            "or \"cuda:N\"");
  EXPECT_EQ(load_error({.path = "gone", .device = "cpu"}),
            "gone: there is no such file or folder\n"
            "  hint: relative paths count from the current folder");
}

TEST(LoadCheckpoint, DescribesItselfCompletely) {
  const TypedNode<LoadCheckpoint> node;
  const NodeSchema& schema = node.schema();
  EXPECT_TRUE(schema.param("path")->required);
  EXPECT_TRUE(schema.param("path")->file);
  EXPECT_EQ(schema.param("dtype")->choices,
            (std::vector<std::string>{"auto", "float32", "float16", "bfloat16"}));
  EXPECT_EQ(schema.param("family")->choices, (std::vector<std::string>{"auto", "sd1"}));
  EXPECT_EQ(schema.param("prediction")->choices,
            (std::vector<std::string>{"auto", "epsilon", "v"}));
  EXPECT_EQ(schema.output("model")->type, "Denoiser");
  EXPECT_EQ(schema.output("text_encoder")->type, "TextEncoder");
  EXPECT_EQ(schema.output("vae")->type, "Autoencoder");
  EXPECT_EQ(schema.lane, Lane::io);
}

TEST(LoadVAE, RefusesFilesThatHoldOtherThingsUnderItsName) {
  const test::TempDir dir;
  const auto file = dir / "m.safetensors";
  write_safetensors(file, test::archive_of({{"decoder.conv_in.weight", {2, 4, 3, 3}}}));
  RunContext context;
  EXPECT_EQ(test::error_text(
                [&] { LoadVAE::run({}, {.path = file.string(), .device = "cpu"}, context); }),
            file.string() +
                ": VAE: there is no tensor \"decoder.up.0.block.0.conv1.weight\"\n"
                "  hint: the file is not of a Stable Diffusion autoencoder");
}

TEST(LoadVAE, DescribesItselfCompletely) {
  const TypedNode<LoadVAE> node;
  EXPECT_TRUE(node.schema().param("path")->required);
  EXPECT_EQ(node.schema().output("vae")->type, "Autoencoder");
}

}  // namespace
}  // namespace calotype
