#include "checkpoint/load_checkpoint.h"

#include <gtest/gtest.h>

#include "calotype/safetensors.h"
#include "checkpoint/load_denoiser.h"
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
  EXPECT_EQ(
      schema.param("family")->choices,
      (std::vector<std::string>{"auto", "sd1", "sd2", "unclip", "x4", "sdxl", "sdxl_refiner"}));
  EXPECT_EQ(schema.param("path")->companion, ".yaml");
  EXPECT_EQ(schema.param("prediction")->choices,
            (std::vector<std::string>{"auto", "epsilon", "v"}));
  EXPECT_EQ(schema.output("model")->type, "Denoiser");
  EXPECT_EQ(schema.output("text_encoder")->type, "TextEncoder");
  EXPECT_EQ(schema.output("vae")->type, "Autoencoder");
  EXPECT_EQ(schema.lane, Lane::io);
}

TEST(LoadDenoiser, RefusesWhatIsNoUNetWithTheNodeForIt) {
  const test::TempDir dir;
  const auto file = dir / "m.safetensors";
  write_safetensors(file, test::archive_of({{"decoder.conv_in.weight", {2, 4, 3, 3}}}));
  RunContext context;
  EXPECT_EQ(test::error_text(
                [&] { LoadDenoiser::run({}, {.path = file.string(), .device = "cpu"}, context); }),
            file.string() +
                ": expected a UNet, found a VAE alone\n  hint: to read a VAE alone, use LoadVAE");
}

TEST(LoadDenoiser, DescribesItselfCompletely) {
  const TypedNode<LoadDenoiser> node;
  EXPECT_TRUE(node.schema().param("path")->required);
  EXPECT_EQ(node.schema().param("path")->companion, ".yaml");
  EXPECT_EQ(node.schema().output("model")->type, "Denoiser");
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
