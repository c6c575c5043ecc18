#include "checkpoint/named_weights.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <string>

#include "calotype/safetensors.h"
#include "calotype/types/aten.h"
#include "calotype/weights_file.h"
#include "support/archives.h"
#include "support/error_text.h"
#include "support/temp_dir.h"

namespace calotype {
namespace {

using test::archive_of;
using test::error_text;

TEST(NamedWeights, LeavesOutTensorsWithoutName) {
  const TensorArchive archive = archive_of({{"a.x", {2}}, {"b.y", {1, 3}}});
  const auto w = name_weights("m", archive, [](std::string_view n) {
    return n.starts_with("b.") ? std::string(n.substr(2)) : std::string();
  });
  EXPECT_EQ(w->names(), std::vector<std::string>{"y"});
  EXPECT_EQ(*w->shape("y"), (std::vector<std::int64_t>{1, 3}));
  EXPECT_EQ(w->shape("x"), nullptr);
  EXPECT_EQ(w->bytes(), 12u);
  EXPECT_TRUE(w->tensor("y").equal(at::arange(3, at::kFloat).view({1, 3})));
  EXPECT_EQ(error_text([&] { w->tensor("x"); }), "m: there is no tensor \"x\"");
}

TEST(NamedWeights, IsNullWhenNothingHasAName) {
  EXPECT_EQ(name_weights("m", archive_of({{"a", {1}}}), [](auto) { return std::string(); }),
            nullptr);
}

TEST(NamedWeights, RefusesTwoTensorsForOneWeight) {
  EXPECT_EQ(error_text([] {
              name_weights("m", archive_of({{"a", {1}}, {"b", {1}}}),
                           [](auto) { return std::string("c"); });
            }),
            "m: the tensors \"a\" and \"b\" are the same weight \"c\"");
}

/// KiB of the file that lie in this process's memory.
long resident_kib(const std::filesystem::path& file) {
  std::ifstream maps("/proc/self/smaps");
  long sum = 0;
  bool inside = false;
  for (std::string line; std::getline(maps, line);) {
    if (line.find('-') < line.find(' ')) inside = line.ends_with(file.string());
    if (inside && line.starts_with("Rss:")) sum += std::stol(line.substr(4));
  }
  return sum;
}

TEST(NamedWeights, PagesOfTheFileLeaveMemoryWithTheTensor) {
  const test::TempDir folder;
  const auto file = folder.path() / "w.safetensors";
  write_safetensors(file, archive_of({{"a", {1024, 1024}}}));
  const auto w = name_weights("m", open_weights_file(file), [](auto n) { return std::string(n); });
  {
    const at::Tensor whole = w->tensor("a");
    EXPECT_GT(whole.sum().item<float>(), 0);
    const at::Tensor part = whole[5];
    EXPECT_GT(resident_kib(file), 4000);
    w->drop_pages("a");
    EXPECT_LT(resident_kib(file), 100);
    EXPECT_EQ(part[1].item<float>(), 5 * 1024 + 1) << "the file is read again";
  }
  EXPECT_GT(w->tensor("a").sum().item<float>(), 0);
  EXPECT_LT(resident_kib(file), 100);
}

}  // namespace
}  // namespace calotype
