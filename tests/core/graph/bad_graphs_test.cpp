#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <string>
#include <vector>

#include "calotype/graph_json.h"
#include "calotype/validate.h"
#include "support/fake_nodes.h"
#include "support/temp_dir.h"

namespace calotype {
namespace {

namespace fs = std::filesystem;

const fs::path kFolder = fs::path(CALOTYPE_SOURCE_DIR) / "tests/bad_graphs";

/// Every <case>.json that has a <case>.txt; others are parts of cases.
std::vector<std::string> cases() {
  std::vector<std::string> names;
  for (const auto& entry : fs::directory_iterator(kFolder)) {
    if (entry.path().extension() == ".txt") names.push_back(entry.path().stem().string());
  }
  std::sort(names.begin(), names.end());
  return names;
}

class BadGraphs : public testing::TestWithParam<std::string> {
 protected:
  // Messages name files as the user wrote them: relative to the folder of the cases.
  void SetUp() override {
    before_ = fs::current_path();
    fs::current_path(kFolder);
  }
  void TearDown() override { fs::current_path(before_); }

 private:
  fs::path before_;
};

TEST_P(BadGraphs, GivesExactMessage) {
  const std::string expected = test::read_bytes(GetParam() + ".txt");
  GraphSettings settings;
  settings.memory_limit = std::uint64_t{16} << 30;
  const auto registry = test::fake_registry();
  try {
    validate(read_graph(GetParam() + ".json"), *registry, settings);
    FAIL() << "the graph was accepted";
  } catch (const Error& e) {
    EXPECT_EQ(std::string(e.what()) + '\n', expected);
    EXPECT_EQ(e.code(), ErrorCode::graph);
  }
}

INSTANTIATE_TEST_SUITE_P(Files, BadGraphs, testing::ValuesIn(cases()),
                         [](const auto& info) { return info.param; });

TEST(BadGraphFolder, HasAMessageForEveryCase) { EXPECT_GE(cases().size(), 40u); }

}  // namespace
}  // namespace calotype
