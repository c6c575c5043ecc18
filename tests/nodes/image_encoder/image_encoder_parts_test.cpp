#include "image_encoder/image_encoder_parts.h"

#include <gtest/gtest.h>

#include "calotype/safetensors.h"
#include "calotype/types/aten.h"
#include "image_encoder/load_image_encoder.h"
#include "support/archives.h"
#include "support/error_text.h"
#include "support/temp_dir.h"

namespace calotype {
namespace {

std::string open_error(const std::filesystem::path& path) {
  return test::error_text([&] { open_image_encoder(path); });
}

constexpr const char* kNoEncoder =
    ": there is no image encoder of CLIP\n"
    "  hint: give a stable unCLIP checkpoint, or a folder of transformers with "
    "CLIPVisionModelWithProjection";

/// A folder of transformers with one tensor and this config.json.
void write_model(const std::filesystem::path& folder, const char* config) {
  std::filesystem::create_directories(folder);
  std::ofstream(folder / "config.json") << config;
  write_safetensors(folder / "model.safetensors",
                    test::archive_of({{"vision_model.embeddings.class_embedding", {2}},
                                      {"text_model.final_layer_norm.weight", {2}}}));
}

TEST(ImageEncoderParts, SaysWhatIsWrongWithThePath) {
  const test::TempDir dir;
  EXPECT_EQ(open_error(dir / "gone"), (dir / "gone").string() +
                                          ": there is no such file or folder\n"
                                          "  hint: relative paths count from the current folder");
  EXPECT_EQ(open_error(dir.path()),
            dir.path().string() + ": there are no weights: expected \"model.safetensors\"");
  const auto file = dir / "unet.safetensors";
  write_safetensors(file, test::archive_of({{"model.diffusion_model.out.0.weight", {2}}}));
  EXPECT_EQ(open_error(file), file.string() + kNoEncoder);
  dir.write("model_index.json", "{}");
  EXPECT_EQ(open_error(dir.path()), dir.path().string() + kNoEncoder);
}

TEST(ImageEncoderParts, TakesTheImageHalfAlone) {
  const test::TempDir dir;
  write_model(dir.path(), "{}");
  const auto parts = open_image_encoder(dir.path());
  EXPECT_EQ(parts.weights->names(),
            (std::vector<std::string>{"vision_model.embeddings.class_embedding"}));
  EXPECT_EQ(parts.rules.activation, ClipActivation::quick_gelu);
  EXPECT_EQ(parts.rules.heads, 0);
  EXPECT_FALSE(parts.statistics.mean.defined());
}

TEST(ImageEncoderParts, ReadsActivationAndHeads) {
  const test::TempDir dir;
  write_model(dir / "flat", R"({"hidden_act": "gelu", "num_attention_heads": 4})");
  write_model(dir / "nested", R"({"vision_config": {"hidden_act": "gelu"}, "hidden_act": "relu"})");
  const auto flat = open_image_encoder(dir / "flat").rules;
  EXPECT_EQ(flat.activation, ClipActivation::gelu);
  EXPECT_EQ(flat.heads, 4);
  EXPECT_EQ(open_image_encoder(dir / "nested").rules.activation, ClipActivation::gelu);
}

TEST(ImageEncoderParts, RefusesSettingsThatAreNotComputed) {
  const test::TempDir dir;
  const std::string config = (dir / "config.json").string();
  write_model(dir.path(), R"({"hidden_act": "relu"})");
  EXPECT_EQ(open_error(dir.path()),
            config + R"(: "hidden_act" is "relu": this version computes "quick_gelu" and "gelu")");
  write_model(dir.path(), R"({"num_attention_heads": 0})");
  EXPECT_EQ(open_error(dir.path()), config + R"(: "num_attention_heads" is 0: expected 1 to 1024)");
  write_model(dir.path(), R"({"num_attention_heads": "four"})");
  EXPECT_EQ(open_error(dir.path()),
            config + R"(: "num_attention_heads" is "four": expected 1 to 1024)");
  write_model(dir.path(), R"({"layer_norm_eps": 1e-6})");
  EXPECT_EQ(open_error(dir.path()),
            config + R"(: "layer_norm_eps" is 1e-06: this version computes 1e-05)");
  write_model(dir.path(), R"({"vision_config": 3})");
  EXPECT_EQ(open_error(dir.path()), config + R"(: "vision_config" must be an object)");
}

TEST(ImageEncoderParts, TakesTheStatisticsOfADiffusersFolder) {
  const test::TempDir dir;
  dir.write("model_index.json", "{}");
  write_model(dir / "image_encoder", "{}");
  EXPECT_FALSE(open_image_encoder(dir.path()).statistics.mean.defined());
  std::filesystem::create_directory(dir / "image_normalizer");
  write_safetensors(dir / "image_normalizer" / "diffusion_pytorch_model.safetensors",
                    test::archive_of({{"mean", {1, 3}}, {"std", {1, 3}}}));
  const auto statistics = open_image_encoder(dir.path()).statistics;
  EXPECT_EQ(statistics.mean.sizes(), (std::vector<std::int64_t>{1, 3}));
  EXPECT_EQ(statistics.deviation[0][2].item<float>(), 2);
}

TEST(EmbeddingStatistics, AreTakenFromAFileOfTheirOwn) {
  const test::TempDir dir;
  for (const auto& [mean, deviation] : {std::pair{"mean", "std"}, {"0", "1"}}) {
    write_safetensors(dir / "stats.safetensors",
                      test::archive_of({{mean, {1, 3}}, {deviation, {1, 3}}}));
    const auto statistics = open_embedding_statistics(dir / "stats.safetensors");
    EXPECT_EQ(statistics.mean.sizes(), (std::vector<std::int64_t>{1, 3}));
    EXPECT_EQ(statistics.deviation[0][2].item<float>(), 2);
  }
}

TEST(EmbeddingStatistics, RefusesAFileOfOtherTensors) {
  const test::TempDir dir;
  const auto file = dir / "stats.safetensors";
  write_safetensors(file, test::archive_of({{"mean", {1, 3}}}));
  EXPECT_EQ(test::error_text([&] { open_embedding_statistics(file); }),
            file.string() +
                ": expected the mean and the deviation of image embeddings\n"
                "  hint: give Karlo's ViT-L-14_stats.th, or a file with the tensors \"mean\" and "
                "\"std\"");
}

TEST(LoadImageEncoder, LooksAtTheDeviceBeforeTheFile) {
  RunContext context;
  EXPECT_EQ(test::error_text(
                [&] { LoadImageEncoder::run({}, {.path = "gone", .device = "tpu"}, context); }),
            "device \"tpu\" is unknown: expected \"auto\", \"cpu\", \"cuda\" or \"cuda:N\"");
}

TEST(LoadImageEncoder, DescribesItselfCompletely) {
  const TypedNode<LoadImageEncoder> node;
  EXPECT_TRUE(node.schema().param("path")->required);
  EXPECT_TRUE(node.schema().param("path")->file);
  EXPECT_EQ(node.schema().output("image_encoder")->type, "ImageEncoder");
}

}  // namespace
}  // namespace calotype
