#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <cstdio>
#include <filesystem>
#include <memory>
#include <sstream>
#include <stdexcept>
#include <string>
#include <vector>

#include "support/plugin_files.h"

namespace calotype {
namespace {

namespace fs = std::filesystem;

/// Names of the dynamic symbols that `library` defines, as nm prints them.
std::vector<std::string> exports(const fs::path& library) {
  const std::string command = std::string(CALOTYPE_NM) +
                              " --dynamic --defined-only --format=posix \"" + library.string() +
                              "\"";
  const std::unique_ptr<FILE, int (*)(FILE*)> pipe(::popen(command.c_str(), "r"), &::pclose);
  if (!pipe) throw std::runtime_error("popen failed");
  std::string text;
  std::array<char, 4096> part;
  for (std::size_t n; (n = std::fread(part.data(), 1, part.size(), pipe.get())) > 0;) {
    text.append(part.data(), n);
  }
  std::vector<std::string> names;
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);)
    names.push_back(line.substr(0, line.find(' ')));
  return names;
}

TEST(Exports, OfEveryPluginAreItsTwoAliases) {
  std::vector<fs::path> plugins = {test::test_plugin("good"), test::test_plugin("throws_std")};
  const fs::path folder = CALOTYPE_BINARY_DIR "/lib/calotype/plugins";
  std::error_code error;  // the folder is absent in builds without torch
  for (const auto& entry : fs::directory_iterator(folder, error)) plugins.push_back(entry.path());
  for (const fs::path& plugin : plugins) {
    EXPECT_THAT(exports(plugin), testing::UnorderedElementsAre("calotype_plugin_abi_2",
                                                               "calotype_plugin_register_2"))
        << plugin;
  }
}

}  // namespace
}  // namespace calotype
