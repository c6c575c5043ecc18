#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <cstring>

#include "calotype/error.h"
#include "calotype/safetensors.h"
#include "support/safetensors_bytes.h"
#include "support/temp_dir.h"

namespace calotype {
namespace {

ArchiveTensor archive_tensor(std::string name, DType dtype, std::vector<std::int64_t> shape,
                             std::string bytes) {
  const auto owner = std::make_shared<const std::string>(std::move(bytes));
  return {.name = std::move(name),
          .dtype = dtype,
          .shape = std::move(shape),
          .bytes = std::as_bytes(std::span(*owner)),
          .owner = owner};
}

std::string write_error(const std::filesystem::path& path, const TensorArchive& archive) {
  try {
    write_safetensors(path, archive);
  } catch (const Error& e) {
    EXPECT_EQ(e.code(), ErrorCode::io);
    return e.what();
  }
  return "written";
}

std::size_t count_files(const std::filesystem::path& folder) {
  return static_cast<std::size_t>(std::distance(std::filesystem::directory_iterator(folder), {}));
}

TEST(SafetensorsWrite, LaysOutByAlignmentThenName) {
  const test::TempDir dir;
  TensorArchive archive{.metadata = {{"b", "2"}, {"a", "\"\n"}}};
  archive.tensors = {
      archive_tensor("z", DType::u8, {3}, "zzz"), archive_tensor("y", DType::f32, {1}, "yyyy"),
      archive_tensor("x", DType::f32, {}, "xxxx"), archive_tensor("e", DType::f64, {0}, "")};
  write_safetensors(dir / "w.safetensors", archive);
  std::string header = R"({"__metadata__":{"a":"\"\n","b":"2"},)"
                       R"("e":{"dtype":"F64","shape":[0],"data_offsets":[0,0]},)"
                       R"("x":{"dtype":"F32","shape":[],"data_offsets":[0,4]},)"
                       R"("y":{"dtype":"F32","shape":[1],"data_offsets":[4,8]},)"
                       R"("z":{"dtype":"U8","shape":[3],"data_offsets":[8,11]}})";
  header.resize((header.size() + 7) / 8 * 8, ' ');
  EXPECT_EQ(test::read_bytes(dir / "w.safetensors"),
            test::safetensors_bytes(header).append("xxxxyyyyzzz"));
  EXPECT_EQ(count_files(dir.path()), 1u);
}

TEST(SafetensorsWrite, ReadsBackWhatItWrote) {
  const test::TempDir dir;
  TensorArchive archive{.metadata = {{"title", "caf\xc3\xa9"}}};
  archive.tensors = {archive_tensor("a.weight", DType::bf16, {2, 2}, "12345678"),
                     archive_tensor("mask", DType::boolean, {2}, std::string("\0\1", 2))};
  write_safetensors(dir / "r.safetensors", archive);
  const TensorArchive back = SafetensorsFile(dir / "r.safetensors").archive();
  EXPECT_EQ(back.metadata, archive.metadata);
  ASSERT_EQ(back.tensors.size(), 2u);
  for (const ArchiveTensor& t : archive.tensors) {
    const ArchiveTensor* found = back.find(t.name);
    ASSERT_NE(found, nullptr);
    EXPECT_EQ(found->dtype, t.dtype);
    EXPECT_EQ(found->shape, t.shape);
    EXPECT_TRUE(std::ranges::equal(found->bytes, t.bytes));
  }
}

TEST(SafetensorsWrite, GivesTheSameBytesForAnyOrder) {
  const test::TempDir dir;
  TensorArchive archive;
  archive.tensors = {archive_tensor("a", DType::u8, {1}, "a"),
                     archive_tensor("b", DType::f16, {1}, "bb")};
  write_safetensors(dir / "1", archive);
  std::swap(archive.tensors[0], archive.tensors[1]);
  write_safetensors(dir / "2", archive);
  EXPECT_EQ(test::read_bytes(dir / "1"), test::read_bytes(dir / "2"));
}

TEST(SafetensorsWrite, RefusesWhatItCouldNotReadBack) {
  const test::TempDir dir;
  const auto path = dir / "bad.safetensors";
  const auto with = [&](std::vector<ArchiveTensor> tensors) {
    return write_error(path, TensorArchive{.tensors = std::move(tensors)});
  };
  const std::string file = path.string() + ": ";
  EXPECT_EQ(with({archive_tensor("w", DType::f32, {2}, "1234")}),
            file +
                "tensor \"w\": the bytes to be written do not match the shape: expected 8 bytes "
                "for F32 [2], got 4");
  EXPECT_EQ(with({archive_tensor("w", DType::u8, {1}, "1"),
                  archive_tensor("w", DType::f32, {1}, "1234")}),
            file + "tensor \"w\": the tensor is given twice");
  EXPECT_EQ(with({archive_tensor("w", DType::u8, {-1}, "1")}),
            file + "tensor \"w\": a dimension is out of range: expected 0 to 2^48 - 1, got -1");
  EXPECT_EQ(with({archive_tensor("__metadata__", DType::u8, {1}, "1")}),
            file + "tensor \"__metadata__\": this name is reserved by the format");
  EXPECT_EQ(with({archive_tensor("\xff", DType::u8, {1}, "1")}),
            file + "a name or a metadata text to be written is not valid UTF-8");
  EXPECT_EQ(count_files(dir.path()), 0u);
}

TEST(SafetensorsWrite, NamesAMissingFolder) {
  const test::TempDir dir;
  const auto path = dir / "none" / "w.safetensors";
  EXPECT_EQ(write_error(path, {}), path.string() +
                                       ": could not create the file: No such file or directory\n"
                                       "  hint: create the folder first");
}

TEST(SafetensorsWrite, RefusesTheNameOfAFolderAndLeavesNoFile) {
  const test::TempDir dir;
  std::filesystem::create_directory(dir / "w.safetensors");
  EXPECT_EQ(write_error(dir / "w.safetensors", {}),
            (dir / "w.safetensors").string() +
                ": could not write the file: Is a directory\n"
                "  hint: it is a folder: choose another name");
  EXPECT_EQ(count_files(dir.path()), 1u);
}

/// A file size limit stands in for a full disk: write() fails half way.
int write_with_size_limit(const std::filesystem::path& path) {
  std::signal(SIGXFSZ, SIG_IGN);
  const rlimit limit{.rlim_cur = 4096, .rlim_max = 4096};
  if (setrlimit(RLIMIT_FSIZE, &limit) != 0) return 10;
  TensorArchive archive;
  archive.tensors = {archive_tensor("w", DType::u8, {65536}, std::string(65536, 'w'))};
  const std::string expected = path.string() + ": could not write the file: File too large";
  return write_error(path, archive) == expected ? 0 : 11;
}

TEST(SafetensorsWrite, LeavesNoFileWhenTheDiskIsFull) {
  const test::TempDir dir;
  dir.write("w.safetensors", "old");
  const pid_t child = fork();
  ASSERT_GE(child, 0);
  if (child == 0) _exit(write_with_size_limit(dir / "w.safetensors"));
  int status = 0;
  ASSERT_EQ(waitpid(child, &status, 0), child);
  ASSERT_TRUE(WIFEXITED(status));
  EXPECT_EQ(WEXITSTATUS(status), 0);
  EXPECT_EQ(test::read_bytes(dir / "w.safetensors"), "old");
  EXPECT_EQ(count_files(dir.path()), 1u);
}

}  // namespace
}  // namespace calotype
