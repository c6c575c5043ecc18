#include "checkpoint/checkpoint_parts.h"

#include <gtest/gtest.h>

#include "calotype/safetensors.h"
#include "checkpoint/named_weights.h"
#include "support/archives.h"
#include "support/error_text.h"
#include "support/temp_dir.h"
#include "support/torch_bytes.h"
#include "support/unet_outline.h"

namespace calotype {
namespace {

using test::archive_of;
using test::error_text;
using test::TempDir;

std::string open_error(const std::filesystem::path& path) {
  return error_text([&] { open_checkpoint(path); });
}

TEST(CheckpointParts, OpensASingleFile) {
  const TempDir dir;
  write_safetensors(dir / "m.safetensors",
                    archive_of(test::unet_outline("model.diffusion_model.", 9)));
  const CheckpointParts parts = open_checkpoint(dir / "m.safetensors");
  EXPECT_EQ(parts.origin, (dir / "m.safetensors").string());
  EXPECT_NE(parts.unet->shape("out.2.weight"), nullptr);
  EXPECT_EQ(to_text(parts.unet_config->kind()), "SD 1.x inpainting");
}

TEST(CheckpointParts, ReadsTheConfigurationBesideAFile) {
  const TempDir dir;
  write_safetensors(dir / "m.safetensors",
                    archive_of(test::unet_outline("model.diffusion_model.")));
  dir.write("m.yaml", "model: {params: {parameterization: v, scale_factor: 2, unet_config: {}}}");
  const CheckpointParts parts = open_checkpoint(dir / "m.safetensors");
  EXPECT_EQ(parts.settings.prediction, Prediction::v);
  EXPECT_EQ(parts.settings.vae_scaling, 2);
  EXPECT_EQ(open_denoiser(dir / "m.safetensors").settings.prediction, Prediction::v);
}

TEST(CheckpointParts, OpensAUNetAlone) {
  const TempDir dir;
  write_safetensors(dir / "original.safetensors", archive_of(test::unet_outline()));
  write_safetensors(dir / "diffusers.safetensors", archive_of(test::diffusers_unet_outline()));
  for (const char* name : {"original.safetensors", "diffusers.safetensors"}) {
    const CheckpointParts parts = open_denoiser(dir / name);
    EXPECT_EQ(parts.unet_config->context_width, 16) << name;
    EXPECT_EQ(parts.vae, nullptr);
  }
}

TEST(CheckpointParts, ScalesTheLatentsOfAVae) {
  const TempDir dir;
  const test::NamedShape vae{"first_stage_model.decoder.conv_in.weight", {1}};
  std::vector<test::NamedShape> tensors = test::unet_outline("model.diffusion_model.");
  tensors.push_back(vae);
  write_safetensors(dir / "sd1.safetensors", archive_of(tensors));
  EXPECT_EQ(open_vae(dir / "sd1.safetensors").scaling, 0.18215);
  tensors.push_back({"model.diffusion_model.label_emb.weight", {1, 1}});
  write_safetensors(dir / "x4.safetensors", archive_of(tensors));
  EXPECT_EQ(open_vae(dir / "x4.safetensors").scaling, 0.08333);
  dir.write("x4.yaml", "model: {params: {scale_factor: 2}}");
  EXPECT_EQ(open_vae(dir / "x4.safetensors").scaling, 2);
  write_safetensors(dir / "vae.safetensors", archive_of({{"decoder.conv_in.weight", {1}}}));
  EXPECT_EQ(open_vae(dir / "vae.safetensors").scaling, 0.18215);
}

TEST(CheckpointParts, RefusesPathsThatAreNoCheckpoint) {
  const TempDir dir;
  EXPECT_EQ(open_error(""), "the path of the checkpoint is empty");
  EXPECT_EQ(open_error(dir / "gone.safetensors"),
            (dir / "gone.safetensors").string() +
                ": there is no such file or folder\n"
                "  hint: relative paths count from the current folder");
  EXPECT_EQ(open_error(dir.path()),
            dir.path().string() +
                ": the folder has no \"model_index.json\"\n"
                "  hint: give a file with weights or a folder saved by diffusers");
  const auto empty = dir.write("empty.safetensors", "");
  EXPECT_EQ(open_error(empty), empty.string() + ": the file is empty");
}

TEST(CheckpointParts, ReadsPyTorchFilesWhateverTheirEnding) {
  const TempDir dir;
  const auto tensor = [](std::string_view key) {
    return test::tensor(test::storage("FloatStorage", key, 1), 0, {1}, {1});
  };
  const std::string bytes = test::torch_bytes(
      test::pickle(
          test::dict({{"state_dict", test::dict({{"model.diffusion_model.a", tensor("0")},
                                                 {"first_stage_model.a", tensor("1")}})}})),
      {"1234", "5678"});
  for (const char* name : {"a.ckpt", "a.pt", "a.pth", "a.bin", "a.CKPT"}) {
    const auto file = dir.write(name, bytes);
    EXPECT_EQ(open_vae(file).weights->names(), std::vector<std::string>{"a"});
  }
}

TEST(CheckpointParts, RefusesAPickleNamedSafetensors) {
  const TempDir dir;
  const auto file = dir.write("a.safetensors", "PK\3\4\x14\1\1\1");
  EXPECT_EQ(open_error(file),
            file.string() +
                ": this is a PyTorch pickle archive (.ckpt) or another ZIP file, not a safetensors "
                "file\n  hint: convert it to safetensors, or give it its own ending .ckpt so that "
                "it is read as one");
}

TEST(CheckpointParts, NameThePartsThatAreMissing) {
  const auto part = name_weights("m", archive_of({{"a", {1}}}),
                                 [](std::string_view name) { return std::string(name); });
  const auto error = [](CheckpointParts parts) {
    parts.origin.assign(1, 'm');
    return error_text([&] { require_all_parts(parts); });
  };
  const std::string hint = "\n  hint: use a complete checkpoint; to read the ";
  EXPECT_EQ(error({.unet = part}), "m: the checkpoint has no text encoder and VAE" + hint +
                                       "UNet alone, use LoadDenoiser");
  EXPECT_EQ(error({.unet = part, .text_encoder_2 = part}),
            "m: the checkpoint has no VAE" + hint + "UNet alone, use LoadDenoiser");
  EXPECT_EQ(error({.vae = part}),
            "m: the checkpoint has no UNet and text encoder" + hint + "VAE alone, use LoadVAE");
  EXPECT_EQ(error({.unet = part, .vae = part, .text_encoder = part}), "no error");
}

}  // namespace
}  // namespace calotype
