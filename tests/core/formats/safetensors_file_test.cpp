#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <cstring>

#include "calotype/error.h"
#include "calotype/safetensors.h"
#include "support/safetensors_bytes.h"
#include "support/temp_dir.h"

namespace calotype {
namespace {

using test::safetensors_bytes;
using testing::ElementsAre;

std::string open_error(const std::filesystem::path& path) {
  try {
    const SafetensorsFile file(path);
  } catch (const Error& e) {
    return e.what();
  }
  return "accepted";
}

TEST(SafetensorsFile, NamesWhatIsNotAFile) {
  const test::TempDir dir;
  const std::string missing = (dir / "none.safetensors").string();
  EXPECT_EQ(open_error(missing), missing + ": the file does not exist\n  hint: check the path");
  EXPECT_EQ(open_error(dir.path()), dir.path().string() + ": expected a file, got a folder");
  const std::string pipe = (dir / "pipe").string();
  ASSERT_EQ(mkfifo(pipe.c_str(), 0600), 0);
  EXPECT_EQ(open_error(pipe), pipe + ": expected a file, got a pipe");
  EXPECT_EQ(open_error("/dev/zero"), "/dev/zero: expected a file, got a device");
}

TEST(SafetensorsFile, AcceptsWhatTheReferenceAccepts) {
  const test::TempDir dir;
  const auto accepts = [&](std::string_view header, std::size_t data_size) {
    return open_error(dir.write("ok.safetensors", safetensors_bytes(header, data_size)));
  };
  EXPECT_EQ(accepts("{}", 0), "accepted");
  EXPECT_EQ(accepts(" \n{}  ", 0), "accepted");
  EXPECT_EQ(accepts(R"({"__metadata__":{}})", 0), "accepted");
  EXPECT_EQ(accepts(R"({"s":{"dtype":"F32","shape":[],"data_offsets":[0,4]}})", 4), "accepted");
  EXPECT_EQ(accepts(R"({"e":{"dtype":"F32","shape":[0,7],"data_offsets":[0,0]}})", 0), "accepted");
  EXPECT_EQ(accepts(R"({"../w":{"dtype":"U8","shape":[1],"data_offsets":[0,1],"x":[{}]}})", 1),
            "accepted");
  EXPECT_EQ(accepts(R"({"p":{"dtype":"F4","shape":[4],"data_offsets":[0,2]}})", 2), "accepted");
}

TEST(SafetensorsFile, FindsTensorsAndSortsThemByOffset) {
  const test::TempDir dir;
  const SafetensorsFile file(
      dir.write("two.safetensors",
                safetensors_bytes(R"({"b":{"dtype":"F16","shape":[2,1],"data_offsets":[4,8]},)"
                                  R"("a":{"dtype":"I32","shape":[1],"data_offsets":[0,4]},)"
                                  R"("__metadata__":{"format":"pt"}})",
                                  8)));
  ASSERT_EQ(file.tensors().size(), 2u);
  EXPECT_EQ(file.tensors()[0].name, "a");
  EXPECT_EQ(file.tensors()[1].name, "b");
  EXPECT_THAT(file.tensors()[1].shape, ElementsAre(2, 1));
  EXPECT_EQ(file.metadata().at("format"), "pt");
  EXPECT_EQ(file.find("b"), &file.tensors()[1]);
  EXPECT_EQ(file.find("c"), nullptr);
}

TEST(SafetensorsFile, KeepsItsIndexWhenMoved) {
  const test::TempDir dir;
  SafetensorsFile first(
      dir.write("m.safetensors",
                safetensors_bytes(R"({"a":{"dtype":"U8","shape":[1],"data_offsets":[0,1]}})", 1)));
  const SafetensorsFile second = std::move(first);
  ASSERT_NE(second.find("a"), nullptr);
  EXPECT_EQ(second.tensor(*second.find("a")).bytes.size(), 1u);
}

TEST(SafetensorsFile, TensorsOutliveTheFileAndNeverChangeIt) {
  const test::TempDir dir;
  const std::string header = R"({"a":{"dtype":"U8","shape":[4],"data_offsets":[0,4]}})";
  const std::string bytes = safetensors_bytes(header).append("abcd");
  const auto path = dir.write("a.safetensors", bytes);
  ArchiveTensor t;
  {
    const SafetensorsFile file(path);
    t = file.tensor(*file.find("a"));
  }
  ASSERT_EQ(std::memcmp(t.bytes.data(), "abcd", 4), 0);
  const_cast<std::byte*>(t.bytes.data())[0] = std::byte{'X'};
  EXPECT_EQ(t.bytes[0], std::byte{'X'});
  EXPECT_EQ(test::read_bytes(path), bytes);
}

TEST(SafetensorsFile, CopiesUnalignedElements) {
  const test::TempDir dir;
  const std::string header = R"({"a":{"dtype":"F64","shape":[1],"data_offsets":[0,8]}})";
  for (std::size_t pad = 0; pad < 8; ++pad) {
    const std::string bytes =
        safetensors_bytes(header + std::string(pad, ' ')).append("\1\2\3\4\5\6\7\x8");
    const SafetensorsFile file(dir.write("a.safetensors", bytes));
    const ArchiveTensor t = file.tensor(file.tensors()[0]);
    EXPECT_EQ(reinterpret_cast<std::uintptr_t>(t.bytes.data()) % 8, 0u);
    EXPECT_EQ(std::memcmp(t.bytes.data(), "\1\2\3\4\5\6\7\x8", 8), 0);
  }
}

TEST(SafetensorsFile, RefusesBoolBytesOtherThanZeroAndOne) {
  const test::TempDir dir;
  const auto path =
      dir.write("b.safetensors",
                safetensors_bytes(R"({"b":{"dtype":"BOOL","shape":[3],"data_offsets":[0,3]}})")
                    .append("\1\1\2"));
  const SafetensorsFile file(path);
  try {
    file.archive();
    FAIL() << "accepted";
  } catch (const Error& e) {
    EXPECT_EQ(e.what(),
              path.string() + ": tensor \"b\": byte 2 of a BOOL tensor: expected 0 or 1, got 2");
  }
}

TEST(SafetensorsFile, RefusesForeignTensorInfo) {
  const test::TempDir dir;
  const SafetensorsFile file(dir.write("e.safetensors", safetensors_bytes("{}")));
  EXPECT_THROW(file.tensor(TensorInfo{.name = "x", .begin = 0, .end = 1}), Error);
}

}  // namespace
}  // namespace calotype
