#include "calotype/weights_file.h"

#include <gtest/gtest.h>

#include "calotype/error.h"
#include "support/error_text.h"
#include "support/safetensors_bytes.h"
#include "support/temp_dir.h"
#include "support/torch_bytes.h"

namespace calotype {
namespace {

using namespace test;

const std::string kTorch = torch_bytes(
    pickle(dict({{"w", tensor(storage("FloatStorage", "0", 1), 0, {1}, {1})}})), {"1234"});
const std::string kSafetensors =
    safetensors_bytes(R"({"w":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}})", 4);

std::string weights_error(const std::filesystem::path& file) {
  const std::string text = error_text([&] { open_weights_file(file); });
  return text.substr(text.starts_with(file.string()) ? file.string().size() + 2 : 0);
}

TEST(WeightsFile, IsReadByContent) {
  const TempDir dir;
  for (const char* name : {"a.ckpt", "a.pt", "a.pth", "a.bin", "a"}) {
    for (const std::string& bytes : {kTorch, kSafetensors}) {
      const auto archive = open_weights_file(dir.write(name, bytes));
      ASSERT_EQ(archive.tensors.size(), 1u);
      EXPECT_EQ(archive.tensors[0].name, "w");
    }
  }
  EXPECT_EQ(open_weights_file(dir.write("a.safetensors", kSafetensors)).tensors.size(), 1u);
}

TEST(WeightsFile, ALengthThatLooksLikeAPickleIsSafetensors) {
  // 640 bytes of header: the file starts with 0x80 0x02.
  std::string header = R"({"w":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}})";
  header.resize(640, ' ');
  const TempDir dir;
  EXPECT_EQ(open_weights_file(dir.write("a.bin", safetensors_bytes(header, 4))).tensors.size(), 1u);
}

TEST(WeightsFile, APickleNamedSafetensorsIsRefused) {
  const TempDir dir;
  EXPECT_EQ(weights_error(dir.write("a.safetensors", kTorch)),
            "this is a PyTorch pickle archive (.ckpt) or another ZIP file, not a safetensors file\n"
            "  hint: convert it to safetensors, or give it its own ending .ckpt so that it is read "
            "as one");
}

TEST(WeightsFile, OtherFilesAreNamed) {
  const TempDir dir;
  EXPECT_EQ(weights_error(dir.write("a.ckpt", "")), "the file is empty");
  EXPECT_EQ(weights_error(dir.write("a.ckpt", "\x89PNG\r\n\x1a\n123456")),
            "this is a PNG picture, not a file of weights\n"
            "  hint: give the path of the model, not of a picture");
  EXPECT_EQ(weights_error(dir.write("a.ckpt", "hello, this is not a model at all")),
            "this is neither a safetensors file nor one of PyTorch");
  EXPECT_EQ(weights_error(dir.path()), "expected a file, got a folder");
  EXPECT_EQ(weights_error(dir / "gone.ckpt"), "the file does not exist\n  hint: check the path");
}

}  // namespace
}  // namespace calotype
