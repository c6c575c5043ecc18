#include <gtest/gtest.h>
#include <sys/stat.h>

#include <filesystem>

#include "support/graph_text.h"
#include "support/temp_dir.h"

namespace calotype {
namespace {

namespace fs = std::filesystem;
using test::validated;

/// Paths that the caller set, in a graph of which the folder is another than the current one.
class SetFiles : public testing::Test {
 protected:
  SetFiles() {
    fs::create_directory(dir_ / "graphs");
    dir_.write("graphs/beside.txt", "x");
    dir_.write("graphs/g.json", R"({"calotype":1,"outputs":{"s":"a.size"},
    "inputs":{"file":{"type":"string","default":"default.txt"}},"nodes":{
    "a":{"type":"ReadFile","params":{"path":{"$input":"file"}}}}})");
    fs::current_path(dir_.path());
  }
  ~SetFiles() override { fs::current_path(before_); }

  static ResolvedGraph with(const std::string& name, const std::string& path) {
    GraphSettings settings;
    settings.set = {{name, path}};
    return validated(read_graph("graphs/g.json"), settings);
  }
  static std::string problem(const ResolvedGraph& graph) {
    return Error(ErrorCode::graph, missing_files(graph)).what();
  }

  fs::path before_ = fs::current_path();
  test::TempDir dir_;
};

TEST_F(SetFiles, AreReportedAsTypedWithBothPlacesWhenMissing) {
  for (const char* name : {"a.path", "file"}) {
    const ResolvedGraph g = with(name, "none.txt");
    EXPECT_EQ(g.nodes[0].files[0], "none.txt");
    EXPECT_EQ(problem(g),
              "node \"a\", param \"path\": there is no file \"none.txt\"\n"
              "  hint: looked in the current folder and beside the graph, in \"graphs\"");
  }
}

TEST_F(SetFiles, AreReportedAsTypedFromInsideASubgraph) {
  dir_.write("outer.json", R"({"calotype":1,"outputs":{"s":"g.s"},
    "inputs":{"path":{"type":"string","default":"default.txt"}},"nodes":{
    "g":{"type":"Graph","file":"graphs/g.json","params":{"file":{"$input":"path"}}}}})");
  GraphSettings settings;
  settings.set = {{"path", "none.txt"}};
  EXPECT_EQ(problem(validated(read_graph("outer.json"), settings)),
            "node \"g/a\", param \"path\": there is no file \"none.txt\"\n"
            "  hint: looked in the current folder and beside the graph, in \"graphs\"");
}

TEST_F(SetFiles, AreFoundBesideTheGraph) {
  EXPECT_EQ(with("file", "beside.txt").nodes[0].files[0], "graphs/beside.txt");
}

TEST_F(SetFiles, ThatAreAbsoluteAreLookedForInOnePlace) {
  EXPECT_EQ(problem(with("file", "/none.txt")),
            "node \"a\", param \"path\": there is no file \"/none.txt\"");
}

TEST_F(SetFiles, ThatArePipesAreReported) {
  ASSERT_EQ(mkfifo("pipe", 0600), 0);
  EXPECT_EQ(problem(with("file", "pipe")),
            "node \"a\", param \"path\": \"pipe\" is neither a file nor a folder");
}

TEST_F(SetFiles, LeaveTheGraphsOwnPathsWithTheirPlace) {
  const std::string text = problem(validated(read_graph("graphs/g.json")));
  EXPECT_TRUE(
      text.starts_with("graphs/g.json:3:5: node \"a\", param \"path\": there is no file "
                       "\"graphs/default.txt\"\n"))
      << text;
}

}  // namespace
}  // namespace calotype
