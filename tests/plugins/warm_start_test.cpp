#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <cstdio>
#include <filesystem>
#include <memory>
#include <stdexcept>
#include <string>

#include "support/plugin_files.h"
#include "support/temp_dir.h"

namespace calotype {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;
using testing::Not;

/// What a fresh process prints that discovers the plugins of `folder`. `before`: variables for it.
std::string list_plugins(const fs::path& cache, const fs::path& folder,
                         const std::string& before = {}) {
  const std::string command = before + " " CALOTYPE_BINARY_DIR "/bin/list_plugins " +
                              cache.string() + " " + folder.string();
  const std::unique_ptr<FILE, int (*)(FILE*)> pipe(::popen(command.c_str(), "r"), &::pclose);
  if (!pipe) throw std::runtime_error("popen failed");
  std::string text;
  std::array<char, 4096> part;
  for (std::size_t n; (n = std::fread(part.data(), 1, part.size(), pipe.get())) > 0;) {
    text.append(part.data(), n);
  }
  return text;
}

class WarmStart : public testing::Test {
 protected:
  WarmStart() {
    fs::create_directories(folder_);
    fs::copy_file(test::test_plugin("good"), folder_ / "good.so");
    // A link, not a copy: the plugin finds the libraries that it needs from where it lies.
    if (fs::exists(kTorchPlugin)) fs::create_symlink(kTorchPlugin, folder_ / "example_invert.so");
  }

  const fs::path kTorchPlugin = CALOTYPE_BINARY_DIR "/lib/calotype/plugins/example_invert.so";
  const test::TempDir dir_;
  const fs::path folder_ = dir_ / "plugins";
  const fs::path cache_ = dir_ / "plugins.json";
};

TEST_F(WarmStart, KnowsAllNodesAndMapsNoPlugin) {
  const std::string cold = list_plugins(cache_, folder_);
  const std::string warm = list_plugins(cache_, folder_);
  EXPECT_THAT(cold, HasSubstr("node test.Say\n"));
  EXPECT_THAT(cold, Not(HasSubstr("/good.so")));
  EXPECT_THAT(warm, HasSubstr("node test.Say\n"));
  EXPECT_THAT(warm, HasSubstr("libcalotype_core.so"));
  EXPECT_THAT(warm, Not(HasSubstr("/good.so")));
  EXPECT_THAT(warm, Not(HasSubstr("problem")));
}

TEST_F(WarmStart, OpensPluginsItselfWhereTheProgramThatScansIsMissing) {
  fs::create_directories(dir_ / "lib");
  fs::copy_file(CALOTYPE_BINARY_DIR "/lib/libcalotype_core.so", dir_ / "lib/libcalotype_core.so");
  fs::remove(folder_ / "example_invert.so");
  const std::string elsewhere = "LD_LIBRARY_PATH=" + (dir_ / "lib").string();
  const std::string cold = list_plugins(cache_, folder_, elsewhere);
  const std::string warm = list_plugins(cache_, folder_, elsewhere);
  EXPECT_THAT(cold, HasSubstr("node test.Say\n"));
  EXPECT_THAT(cold, HasSubstr("/good.so"));
  EXPECT_THAT(warm, HasSubstr("node test.Say\n"));
  EXPECT_THAT(warm, Not(HasSubstr("/good.so")));
  EXPECT_THAT(cold + warm, Not(HasSubstr("problem")));
}

TEST_F(WarmStart, NeverMapsLibtorch) {
  if (!fs::exists(kTorchPlugin)) GTEST_SKIP() << "built without torch";
  const std::string cold = list_plugins(cache_, folder_);
  const std::string warm = list_plugins(cache_, folder_);
  EXPECT_THAT(cold, HasSubstr("node example.Invert\n"));
  EXPECT_THAT(cold, Not(HasSubstr("libtorch")));
  EXPECT_THAT(warm, HasSubstr("node example.Invert\n"));
  EXPECT_THAT(warm, Not(HasSubstr("libtorch")));
  EXPECT_THAT(warm, Not(HasSubstr("libc10")));
}

}  // namespace
}  // namespace calotype
