#include <gtest/gtest.h>

#include <string>

#include "support/temp_dir.h"

namespace calotype {
namespace {

/// The first code block of `language` in a Markdown text.
std::string code_block(const std::string& text, const std::string& language) {
  const std::string fence = "```" + language + "\n";
  const auto begin = text.find(fence);
  if (begin == std::string::npos) return {};
  const auto end = text.find("```\n", begin + fence.size());
  return text.substr(begin + fence.size(), end - begin - fence.size());
}

TEST(Tutorial, ShowsTheVerySourceOfTheExamplePlugin) {
  const std::string page = test::read_bytes(CALOTYPE_SOURCE_DIR "/docs/writing-a-plugin.md");
  const std::string folder = CALOTYPE_SOURCE_DIR "/plugins/example_invert/";
  EXPECT_EQ(code_block(page, "cpp"), test::read_bytes(folder + "plugin.cpp"));
  EXPECT_EQ(code_block(page, "cmake"), test::read_bytes(folder + "CMakeLists.txt"));
}

}  // namespace
}  // namespace calotype
