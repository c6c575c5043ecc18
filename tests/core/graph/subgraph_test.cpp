#include <gtest/gtest.h>
#include <sys/stat.h>

#include "support/graph_text.h"
#include "support/temp_dir.h"

namespace calotype {
namespace {

using test::validated;

/// A folder with a graph that uses parts/double.json twice, once inside parts/quad.json.
class Subgraph : public testing::Test {
 protected:
  void SetUp() override {
    std::filesystem::create_directory(dir_ / "parts");
    dir_.write("parts/double.json", R"({"calotype":1,
      "inputs":{"number":{"type":"Number"},"offset":{"type":"number","default":0.5}},
      "nodes":{"add":{"type":"Add","in":{"a":{"$input":"number"},"b":{"$input":"number"}},
                      "params":{"offset":{"$input":"offset"}}}},
      "outputs":{"sum":"add.sum"}})");
    dir_.write("parts/quad.json", R"({"calotype":1,
      "inputs":{"number":{"type":"Number"},"offset":{"type":"int","default":1}},
      "nodes":{"first":{"type":"Graph","file":"double.json","in":{"number":{"$input":"number"}}},
               "second":{"type":"Graph","file":"double.json","in":{"number":"first.sum"},
                         "params":{"offset":{"$input":"offset"}}}},
      "outputs":{"sum":"second.sum"}})");
    dir_.write("main.json", R"({"calotype":1,
      "nodes":{"one":{"type":"Constant"},
               "quad":{"type":"Graph","file":"parts/quad.json","in":{"number":"one.number"},
                       "params":{"offset":7}},
               "end":{"type":"Add","in":{"a":"quad.sum"}}},
      "outputs":{"x":"end.sum","y":"quad.sum"}})");
  }

  Graph graph() const { return read_graph(dir_ / "main.json"); }

  test::TempDir dir_;
};

TEST_F(Subgraph, BecomesNodesWithTheIdsOfBothSides) {
  const ResolvedGraph g = validated(graph());
  ASSERT_EQ(g.nodes.size(), 4u);
  EXPECT_EQ(g.nodes[0].id, "one");
  EXPECT_EQ(g.nodes[1].id, "quad/first/add");
  EXPECT_EQ(g.nodes[2].id, "quad/second/add");
  EXPECT_EQ(g.nodes[3].id, "end");
  EXPECT_EQ(g.nodes[1].inputs[0][0].node, 0u);
  EXPECT_EQ(g.nodes[2].inputs[1][0].node, 1u);
  EXPECT_EQ(g.nodes[3].inputs[0][0].node, 2u);
  EXPECT_EQ(g.nodes[1].params[0], ParamValue(0.5));
  EXPECT_EQ(g.nodes[2].params[0], ParamValue(7.0));
  EXPECT_EQ(g.outputs[1].from.node, 2u);
}

TEST_F(Subgraph, KnowsPlacesInItsOwnFile) {
  const ResolvedGraph g = validated(graph());
  EXPECT_EQ(g.nodes[1].where.source->file, (dir_ / "parts/double.json").string());
}

TEST_F(Subgraph, TakesSettingsForItsInputsAndForNodesInside) {
  GraphSettings settings;
  settings.set = {{"quad.offset", "9"}, {"quad/first/add.offset", "3"}};
  const ResolvedGraph g = validated(graph(), settings);
  EXPECT_EQ(g.nodes[1].params[0], ParamValue(3.0));
  EXPECT_EQ(g.nodes[2].params[0], ParamValue(9.0));
}

TEST_F(Subgraph, TakesTheSeedForNodesInside) {
  dir_.write("parts/draw.json", R"({"calotype":1,"nodes":{"one":{"type":"Constant"}},
      "outputs":{"number":"one.number"}})");
  dir_.write("seeds.json", R"({"calotype":1,"nodes":{"a":{"type":"Constant"},
      "b":{"type":"Graph","file":"parts/draw.json"}},"outputs":{"x":"a.number","y":"b.number"}})");
  GraphSettings settings;
  settings.seed = std::uint64_t{5};
  const ResolvedGraph g = validated(read_graph(dir_ / "seeds.json"), settings);
  EXPECT_EQ(test::node(g, "a").params[1], ParamValue(std::uint64_t{5}));
  EXPECT_EQ(test::node(g, "b/one").params[1], ParamValue(std::uint64_t{5}));
}

TEST_F(Subgraph, TakesNoSettingForAnInputThatCarriesAValue) {
  GraphSettings settings;
  settings.set = {{"quad.number", "9"}};
  EXPECT_EQ(test::problem_of(graph(), settings),
            "input \"number\" of node \"quad\" carries a value of type Number\n"
            "  hint: only a link in the graph can give it");
}

TEST_F(Subgraph, GivesOutputsOfNodesInside) {
  GraphSettings settings;
  settings.outputs = {{"inner", "quad/first/add.sum"}};
  EXPECT_EQ(validated(graph(), settings).outputs.at(2).from.node, 1u);
}

TEST_F(Subgraph, IsWrittenOutInTheSelfContainedGraph) {
  const std::string text = format_graph(to_graph(validated(graph())));
  EXPECT_EQ(text, R"({
  "calotype": 1,
  "nodes": {
    "one": {
      "type": "Constant",
      "params": { "value": 1.0, "seed": 0, "steps": 20, "mode": "plain" }
    },
    "quad__first__add": {
      "type": "Add",
      "in": { "a": "one.number", "b": "one.number" },
      "params": { "offset": 0.5 }
    },
    "quad__second__add": {
      "type": "Add",
      "in": { "a": "quad__first__add.sum", "b": "quad__first__add.sum" },
      "params": { "offset": 7.0 }
    },
    "end": { "type": "Add", "in": { "a": "quad__second__add.sum" }, "params": { "offset": 0.0 } }
  },
  "outputs": {
    "x": "end.sum",
    "y": "quad__second__add.sum"
  }
}
)");
  // It means the same without the other files.
  EXPECT_EQ(format_graph(to_graph(validated(parse_graph(text, "")))), text);
}

TEST_F(Subgraph, IsRefusedWhenItMultipliesBeyondAllBounds) {
  for (int i = 0; i < 30; ++i) {
    const std::string inner = "p" + std::to_string(i + 1) + ".json";
    dir_.write("p" + std::to_string(i) + ".json",
               R"({"calotype":1,"nodes":{"a":{"type":"Graph","file":")" + inner +
                   R"("},"b":{"type":"Graph","file":")" + inner + R"("}}})");
  }
  dir_.write("p30.json", R"({"calotype":1,"nodes":{"a":{"type":"Constant"}}})");
  const std::string problem = test::problem_of(read_graph(dir_ / "p0.json"));
  EXPECT_NE(problem.find("the graph has more than 1000000 nodes or 10000 subgraphs"),
            std::string::npos);
}

TEST_F(Subgraph, IsRefusedBeyond32Levels) {
  for (int i = 0; i < 34; ++i) {
    dir_.write("q" + std::to_string(i) + ".json",
               R"({"calotype":1,"nodes":{"a":{"type":"Graph","file":"q)" + std::to_string(i + 1) +
                   R"(.json"}}})");
  }
  const std::string problem = test::problem_of(read_graph(dir_ / "q0.json"));
  EXPECT_NE(problem.find("subgraphs are nested more than 32 deep"), std::string::npos) << problem;
}

TEST_F(Subgraph, ThatIsAPipeIsRefusedWithoutWaitingForAWriter) {
  const std::filesystem::path pipe = dir_ / "pipe.json";
  ASSERT_EQ(mkfifo(pipe.c_str(), 0600), 0);
  dir_.write("reads.json", R"({"calotype":1,"nodes":{"a":{"type":"Graph","file":"pipe.json"}}})");
  const std::string problem = test::problem_of(read_graph(dir_ / "reads.json"));
  EXPECT_NE(problem.find("reads.json:1:36: node \"a\": cannot read \"" + pipe.string() +
                         "\": it is neither a file nor a folder\n"),
            std::string::npos)
      << problem;
}

TEST_F(Subgraph, ThatContainsItselfThroughAnotherIsRefused) {
  dir_.write("ping.json", R"({"calotype":1,"nodes":{"a":{"type":"Graph","file":"pong.json"}}})");
  dir_.write("pong.json", R"({"calotype":1,"nodes":{"a":{"type":"Graph","file":"./ping.json"}}})");
  const std::string problem = test::problem_of(read_graph(dir_ / "ping.json"));
  EXPECT_NE(problem.find("node \"a/a\": the graph \"" + (dir_ / "ping.json").string() +
                         "\" contains itself"),
            std::string::npos)
      << problem;
}

TEST_F(Subgraph, HasOutputsWithNamesThatAFileMayHold) {
  GraphSettings settings;
  settings.outputs = {{"one.number", "one.number"},
                      {"quad/first/add.sum", "quad/first/add.sum"},
                      {"sum", "end.sum"}};
  const Graph flat = to_graph(validated(graph(), settings));
  std::vector<std::string> names;
  for (const GraphOutput& output : flat.outputs) {
    names.push_back(output.name + " = " + output.from.node + "." + output.from.port);
  }
  EXPECT_EQ(names, (std::vector<std::string>{"x = end.sum", "y = quad__second__add.sum",
                                             "number = one.number", "sum_2 = quad__first__add.sum",
                                             "sum = end.sum"}));
  validated(parse_graph(format_graph(flat), ""));
}

TEST(ToGraph, KeepsLongNestedIdsAndOutputsWithinWhatAFileMayHold) {
  ResolvedGraph g = validated(
      test::graph_from("'a': {'type': 'Constant'}, 'b': {'type': 'Constant'}", "'x': 'a.number'"));
  g.nodes[0].id = std::string(256, 'a') + "/b";
  g.nodes[1].id = std::string(256, 'a') + "/c";
  g.outputs[0].name = std::string(257, 'x');
  const Graph flat = parse_graph(format_graph(to_graph(g)), "");
  EXPECT_EQ(flat.nodes[0].id.substr(0, 208), std::string(207, 'a') + '_');
  EXPECT_EQ(flat.nodes[0].id.size(), 240u);
  EXPECT_NE(flat.nodes[0].id, flat.nodes[1].id);
  EXPECT_EQ(flat.outputs[0].name, "number");
  EXPECT_EQ(flat.outputs[0].from.node, flat.nodes[0].id);
}

TEST(ToGraph, KeepsTheLongestIdsThatAreNotNested) {
  ResolvedGraph g = validated(test::graph_from("'a': {'type': 'Constant'}", "'x': 'a.number'"));
  g.nodes[0].id = std::string(256, 'a');
  EXPECT_EQ(parse_graph(format_graph(to_graph(g)), "").nodes[0].id, std::string(256, 'a'));
}

TEST(ToGraph, KeepsIdsApartWhenFlattenedOnesCollide) {
  ResolvedGraph g = validated(test::graph_from(
      "'a__b': {'type': 'Constant'}, 'c': {'type': 'Constant'}", "'x': 'c.number'"));
  g.nodes[1].id = "a/b";
  const Graph flat = to_graph(g);
  EXPECT_EQ(flat.nodes[0].id, "a__b");
  EXPECT_EQ(flat.nodes[1].id, "a__b_2");
  EXPECT_EQ(flat.outputs[0].from.node, "a__b_2");
}

}  // namespace
}  // namespace calotype
