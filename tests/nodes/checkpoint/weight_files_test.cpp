#include "checkpoint/weight_files.h"

#include <gtest/gtest.h>

#include "calotype/safetensors.h"
#include "support/archives.h"
#include "support/error_text.h"
#include "support/temp_dir.h"

namespace calotype {
namespace {

using test::archive_of;
using test::TempDir;

class WeightFilesTest : public testing::Test {
 protected:
  void write(const std::string& name, const std::vector<test::NamedShape>& tensors) {
    write_safetensors(dir_ / name, archive_of(tensors));
  }
  std::vector<std::string> names() const {
    std::vector<std::string> out;
    for (const ArchiveTensor& t :
         open_weight_files(dir_.path(), kTransformersWeights).tensors.tensors) {
      out.push_back(t.name);
    }
    return out;
  }
  /// Without the folder.
  std::string error() const {
    const std::string text = test::error_text([&] { names(); });
    const std::string folder = dir_.path().string();
    return text.starts_with(folder) ? text.substr(folder.size()) : text;
  }
  /// Of an index with this text.
  std::string index_error(std::string_view json) {
    dir_.write("model.safetensors.index.json", json);
    const std::string text = error();
    const std::string file = "/model.safetensors.index.json: ";
    return text.starts_with(file) ? text.substr(file.size()) : text;
  }
  TempDir dir_;
};

using Names = std::vector<std::string>;

TEST_F(WeightFilesTest, PreferTheFullFileThenShardsThenVariants) {
  write("model.bf16.safetensors", {{"bf16", {1}}});
  EXPECT_EQ(names(), Names{"bf16"});
  write("model.fp16.safetensors", {{"fp16", {1}}});
  EXPECT_EQ(names(), Names{"fp16"});
  write("model-1.safetensors", {{"shard", {1}}});
  dir_.write("model.safetensors.index.json", R"({"weight_map": {"shard": "model-1.safetensors"}})");
  EXPECT_EQ(names(), Names{"shard"});
  write("model.safetensors", {{"full", {1}}});
  EXPECT_EQ(names(), Names{"full"});
}

TEST_F(WeightFilesTest, JoinShards) {
  write("a.safetensors", {{"one", {1}}, {"unlisted", {1}}});
  write("b.safetensors", {{"two", {2}}, {"three", {3}}});
  dir_.write("model.safetensors.index.fp16.json",
             R"({"metadata": {"total_size": 24}, "weight_map": {"one": "a.safetensors",
                 "three": "b.safetensors", "two": "b.safetensors"}})");
  EXPECT_EQ(names(), (Names{"one", "three", "two"}));
  EXPECT_EQ(open_weight_files(dir_.path(), kTransformersWeights).origin,
            (dir_ / "model.safetensors.index.fp16.json").string());
}

TEST_F(WeightFilesTest, RefuseIndexesThatLeadOutOfTheFolder) {
  for (const std::string name :
       {"../a.safetensors", "/etc/passwd", "..", ".", "", "x/../a", "a\\\\b", "a\\u0000b"}) {
    const std::string text = index_error(R"({"weight_map": {"t": ")" + name + "\"}}");
    EXPECT_TRUE(text.starts_with("tensor \"t\" is in ")) << text;
    EXPECT_TRUE(text.ends_with(", which is no name of a file in this folder")) << text;
  }
}

TEST_F(WeightFilesTest, RefuseDamagedIndexes) {
  EXPECT_EQ(index_error("{"), "expected a JSON object");
  EXPECT_EQ(index_error("{}"), "there is no map \"weight_map\"");
  EXPECT_EQ(index_error(R"({"weight_map": []})"), "there is no map \"weight_map\"");
  EXPECT_EQ(index_error(R"({"weight_map": {}})"), "\"weight_map\" names no tensors");
  EXPECT_EQ(index_error(R"({"weight_map": {"t": 1}})"), "the file of tensor \"t\" is no text");
  EXPECT_EQ(index_error(R"({"weight_map": {"t": "gone.safetensors"}})"),
            "the file \"gone.safetensors\" is missing\n  hint: download the model again");
  write("a.safetensors", {{"one", {1}}});
  EXPECT_EQ(index_error(R"({"weight_map": {"two": "a.safetensors"}})"),
            "the file \"a.safetensors\" has no tensor \"two\"");
  EXPECT_EQ(index_error(std::string((16 << 20) + 1, ' ')),
            "above 16 MiB, too large for a file with settings");
}

TEST_F(WeightFilesTest, RefuseFoldersWithoutWeights) {
  EXPECT_EQ(error(), ": there are no weights: expected \"model.safetensors\"");
  EXPECT_FALSE(has_weight_files(dir_.path(), kTransformersWeights));
  write("model.safetensors", {});
  EXPECT_EQ(error(), "/model.safetensors: there are no tensors in the file");
  EXPECT_TRUE(has_weight_files(dir_.path(), kTransformersWeights));
}

}  // namespace
}  // namespace calotype
