#include "checkpoint/checkpoint_parts.h"

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

std::string open_error(const std::filesystem::path& path) {
  return error_text([&] { open_checkpoint(path); });
}

std::string missing_error(const std::vector<test::NamedShape>& tensors) {
  const TempDir dir;
  write_safetensors(dir / "m.safetensors", archive_of(tensors));
  CheckpointParts parts = open_checkpoint(dir / "m.safetensors");
  parts.origin.assign(1, 'm');
  return error_text([&] { require_all_parts(parts); });
}

TEST(CheckpointParts, OpensASingleFile) {
  const TempDir dir;
  write_safetensors(dir / "m.safetensors", archive_of({{"model.diffusion_model.a", {3}}}));
  const CheckpointParts parts = open_checkpoint(dir / "m.safetensors");
  EXPECT_EQ(parts.origin, (dir / "m.safetensors").string());
  EXPECT_EQ(*parts.unet->shape("a"), std::vector<std::int64_t>{3});
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
                "  hint: give a .safetensors file or a folder saved by diffusers");
  const auto empty = dir.write("empty.safetensors", "");
  EXPECT_EQ(open_error(empty), empty.string() + ": the file is empty");
}

TEST(CheckpointParts, RefusesPickleFiles) {
  const TempDir dir;
  for (const char* name : {"a.ckpt", "a.pt", "a.pth", "a.bin", "a.CKPT"}) {
    const auto file = dir.write(name, "PK\3\4");
    EXPECT_EQ(open_error(file), file.string() +
                                    ": pickle checkpoints are not read\n"
                                    "  hint: convert the file to safetensors");
    EXPECT_EQ(error_text([&] { open_vae(file); }), open_error(file));
  }
}

TEST(CheckpointParts, NameThePartsThatAreMissing) {
  const test::NamedShape unet{"model.diffusion_model.a", {1}}, vae{"first_stage_model.a", {1}},
      text{"cond_stage_model.transformer.a", {1}};
  const std::string other = "\n  hint: use a complete checkpoint of the SD 1.x family";
  const std::string vae_hint = "\n  hint: to read a VAE alone, use LoadVAE";
  EXPECT_EQ(missing_error({unet}), "m: the checkpoint has no text encoder and VAE" + other);
  EXPECT_EQ(missing_error({unet, text}), "m: the checkpoint has no VAE" + other);
  EXPECT_EQ(missing_error({vae}), "m: the checkpoint has no UNet and text encoder" + vae_hint);
  EXPECT_EQ(missing_error({unet, text, vae}), "no error");
}

}  // namespace
}  // namespace calotype
