#include "calotype/validate.h"

#include <gtest/gtest.h>

#include <chrono>
#include <filesystem>

#include "support/graph_text.h"
#include "support/temp_dir.h"

namespace calotype {
namespace {

using test::graph_from;
using test::node;
using test::problem_of;
using test::validated;

TEST(Validate, FillsInDefaultsAndResolvesLinks) {
  const ResolvedGraph g = validated(graph_from(
      "'add': {'type': 'Add', 'in': {'a': 'one.number', 'more': ['one.number', 'one.number']}},"
      "'one': {'type': 'Constant', 'params': {'value': 3}}",
      "'sum': 'add.sum'"));
  ASSERT_EQ(g.nodes.size(), 2u);
  EXPECT_EQ(g.nodes[0].id, "one");
  EXPECT_EQ(g.nodes[0].params, (std::vector<ParamValue>{3.0, std::uint64_t{0}, std::int64_t{20},
                                                        std::string("plain")}));
  const ResolvedNode& add = g.nodes[1];
  EXPECT_EQ(add.schema->type, "Add");
  ASSERT_EQ(add.inputs.size(), 3u);
  EXPECT_EQ(add.inputs[0].size(), 1u);
  EXPECT_EQ(add.inputs[0][0].node, 0u);
  EXPECT_TRUE(add.inputs[1].empty());
  EXPECT_EQ(add.inputs[2].size(), 2u);
  ASSERT_EQ(g.outputs.size(), 1u);
  EXPECT_EQ(g.outputs[0].name, "sum");
  EXPECT_EQ(g.outputs[0].from.node, 1u);
}

TEST(Validate, TellsAMissingTypeFromOtherProblems) {
  const auto misses = [](const std::string& nodes) {
    try {
      validated(graph_from(nodes, "'x': 'one.number'"));
    } catch (const Error& e) {
      return misses_type(e);
    }
    ADD_FAILURE() << "accepted";
    return false;
  };
  EXPECT_TRUE(misses("'one': {'type': 'Mystery'}"));
  EXPECT_TRUE(
      misses("'one': {'type': 'Constant', 'params': {'value': 'x'}},"
             "'two': {'type': 'Mystery'}"));
  EXPECT_FALSE(misses("'one': {'type': 'Constant', 'params': {'value': 'x'}}"));
}

TEST(Validate, OrdersNodesAfterTheirInputsAndElseAsDeclared) {
  const ResolvedGraph g = validated(
      graph_from("'d': {'type': 'Add', 'in': {'a': 'c.number', 'b': 'a.number'}},"
                 "'c': {'type': 'Constant'}, 'b': {'type': 'Constant'}, 'a': {'type': 'Constant'},"
                 "'e': {'type': 'Add', 'in': {'a': 'b.number'}}",
                 "'x': 'd.sum'"));
  std::string order;
  for (const ResolvedNode& n : g.nodes) order += n.id;
  EXPECT_EQ(order, "cbade");
}

TEST(Validate, TakesIntegersForNumbersAndWholeNumbersForIntegers) {
  const ResolvedGraph g = validated(
      graph_from("'one': {'type': 'Constant', 'params': {'value': 7, 'steps': 30.0, 'seed': 12.0}}",
                 "'x': 'one.number'"));
  EXPECT_EQ(g.nodes[0].params[0], ParamValue(7.0));
  EXPECT_EQ(g.nodes[0].params[1], ParamValue(std::uint64_t{12}));
  EXPECT_EQ(g.nodes[0].params[2], ParamValue(std::int64_t{30}));
}

TEST(Validate, ReplacesRandomSeedsByNumbersThatJsonKeeps) {
  const Graph graph =
      graph_from("'one': {'type': 'Constant', 'params': {'seed': 'random'}}", "'x': 'one.number'");
  const auto seed = [&] { return std::get<std::uint64_t>(validated(graph).nodes[0].params[1]); };
  const std::uint64_t first = seed();
  EXPECT_LT(first, std::uint64_t{1} << 53);
  EXPECT_NE(first, seed());
}

TEST(Validate, GivesAllNodesOfOneRandomInputTheSameSeed) {
  const ResolvedGraph g =
      validated(graph_from("'a': {'type': 'Constant', 'params': {'seed': {'$input': 'seed'}}},"
                           "'b': {'type': 'Constant', 'params': {'seed': {'$input': 'seed'}}}",
                           "'x': 'a.number'", "'seed': {'type': 'int', 'default': 'random'}"));
  EXPECT_EQ(g.nodes[0].params[1], g.nodes[1].params[1]);
}

TEST(Validate, KeepsAll64BitsOfASeedThroughAGraphInput) {
  const ResolvedGraph g = validated(
      graph_from("'a': {'type': 'Constant', 'params': {'seed': {'$input': 'seed'}}}",
                 "'x': 'a.number'", "'seed': {'type': 'int', 'default': 18446744073709551615}"));
  EXPECT_EQ(g.nodes[0].params[1], ParamValue(std::uint64_t{18446744073709551615u}));
}

TEST(Validate, WarnsOfFormerNamesAndUnusedInputs) {
  std::vector<Diagnostic> warnings;
  const ResolvedGraph g =
      validated(graph_from("'one': {'type': 'Constant', 'params': {'count': 5}}",
                           "'x': 'one.number'", "'n': {'type': 'int', 'default': 5}"),
                {}, &warnings);
  EXPECT_EQ(g.nodes[0].params[2], ParamValue(std::int64_t{5}));
  ASSERT_EQ(warnings.size(), 2u);
  EXPECT_EQ(warnings[0].what, "the graph's input \"n\" is not used");
  EXPECT_EQ(warnings[1].what, "param \"count\" is now called \"steps\"");
  EXPECT_EQ(warnings[0].severity, Severity::warning);
}

TEST(Validate, AcceptsGraphWithoutOutputsThatHasAnEffect) {
  EXPECT_EQ(validated(graph_from("'one': {'type': 'Constant'},"
                                 "'save': {'type': 'Effect', 'in': {'number': 'one.number'}}"))
                .nodes.size(),
            2u);
}

TEST(Validate, LooksForFilesInTheCurrentFolderThenBesideTheGraph) {
  const test::TempDir dir;
  std::filesystem::create_directory(dir / "graphs");
  dir.write("graphs/beside.txt", "x");
  const auto file = dir.write("graphs/g.json",
                              R"({"calotype":1,"outputs":{"s":"a.size"},"nodes":{
    "a":{"type":"ReadFile","params":{"path":"beside.txt"}},
    "b":{"type":"ReadFile","params":{"path":"/absolute.txt"}},
    "c":{"type":"ReadFile","params":{"path":"here.txt"}}}})");
  const auto before = std::filesystem::current_path();
  dir.write("here.txt", "x");
  std::filesystem::current_path(dir.path());
  const ResolvedGraph g = validated(read_graph(file));
  const auto missing = missing_files(g);
  std::filesystem::current_path(before);
  EXPECT_EQ(g.nodes[0].files[0], (dir / "graphs/beside.txt").string());
  EXPECT_EQ(g.nodes[1].files[0], "/absolute.txt");
  EXPECT_EQ(g.nodes[2].files[0], "here.txt");
  ASSERT_EQ(missing.size(), 1u);
  EXPECT_EQ(missing[0].what, "there is no file \"/absolute.txt\"");
  EXPECT_EQ(missing[0].node, "b");
}

TEST(Validate, ComparesMemoryRuleWithTheLimitWithoutOverflow) {
  const Graph graph = graph_from(
      "'c': {'type': 'Canvas', 'params': {'width': 1000000, 'height': 1000000}}", "'x': 'c.area'");
  const auto first_line = [&](std::uint64_t limit) {
    GraphSettings settings;
    settings.memory_limit = limit;
    const std::string problem = problem_of(graph, settings);
    return problem.substr(0, problem.find('\n'));
  };
  EXPECT_EQ(first_line(std::uint64_t{23} << 30),
            "node \"c\": 1000000 x 1000000 px would take about 909 TiB, the limit is 23 GiB");
  EXPECT_TRUE(first_line(0).starts_with(
      "node \"c\": 1000000 x 1000000 px would take about 909 TiB, this machine has "));
  EXPECT_EQ(first_line(std::uint64_t{1} << 60), "accepted");
}

TEST(Validate, TakesTimeInProportionToTheNodes) {
  const auto seconds = [](int count) {
    Graph g;
    g.nodes.reserve(static_cast<std::size_t>(count));
    for (int i = 0; i < count; ++i) {
      GraphNode& n = g.nodes.emplace_back();
      n.id = "n" + std::to_string(i);
      n.type = i == 0 ? "Constant" : "Add";
      if (i == 0) continue;
      const std::string port = i == 1 ? "number" : "sum";
      n.in.push_back({"a", {{PortRef{"n" + std::to_string(i - 1), port}, {}}}, false, {}});
    }
    g.outputs.push_back({"x", {g.nodes.back().id, "sum"}, {}});
    const auto start = std::chrono::steady_clock::now();
    EXPECT_EQ(validated(g).nodes.size(), static_cast<std::size_t>(count));
    return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  };
  const double small = seconds(10'000);
  const double large = seconds(100'000);
  // Quadratic time would give a factor of 100; sanitizers and busy machines get a wide margin.
  EXPECT_LT(large, 40 * small + 0.5);
}

TEST(Validate, FindsAHundredThousandRequestedOutputsQuickly) {
  GraphSettings settings;
  for (int i = 0; i < 100'000; ++i) {
    settings.outputs.emplace_back("o" + std::to_string(i % 90'000), "a.number");
  }
  const Graph graph = graph_from("'a': {'type': 'Constant'}", "'o5': 'a.number'");
  const auto start = std::chrono::steady_clock::now();
  EXPECT_EQ(validated(graph, settings).outputs.size(), 90'000u);
  // Comparing each with all others took 19 seconds.
  EXPECT_LT(std::chrono::steady_clock::now() - start, std::chrono::seconds(5));
}

TEST(Validate, ReportsAHundredThousandProblemsQuickly) {
  std::string nodes;
  for (int i = 0; i < 100'000; ++i) {
    nodes += (i > 0 ? ",'n" : "'n") + std::to_string(i) + "':{'type':'Add','in':{'a':'m" +
             std::to_string(i) + ".sum'}}";
  }
  const std::string problem = problem_of(graph_from(nodes, "'x': 'n0.sum'"));
  EXPECT_TRUE(problem.ends_with("and 99950 more")) << problem.substr(problem.size() - 200);
}

TEST(Validate, FindsACycleOfAHundredThousandNodes) {
  std::string nodes;
  for (int i = 0; i < 100'000; ++i) {
    nodes += (i > 0 ? ",'n" : "'n") + std::to_string(i) + "':{'type':'Add','in':{'a':'n" +
             std::to_string((i + 99'999) % 100'000) + ".sum'}}";
  }
  const std::string problem = problem_of(graph_from(nodes, "'x': 'n0.sum'"));
  EXPECT_NE(problem.find("these nodes wait for each other: n0 -> n1 -> n2 -> "), std::string::npos);
  EXPECT_NE(problem.find("n11 -> (99988 more) -> n0"), std::string::npos);
}

TEST(Validate, PutsTheRequestedOutputsBesideOrInsteadOfTheGraphsOwn) {
  const Graph graph =
      graph_from("'a': {'type': 'Constant'}, 'b': {'type': 'Constant'}", "'x': 'a.number'");
  GraphSettings settings;
  settings.outputs = {{"y", "b.number"}};
  EXPECT_EQ(validated(graph, settings).outputs.size(), 2u);
  settings.keep_graph_outputs = false;
  const ResolvedGraph g = validated(graph, settings);
  ASSERT_EQ(g.outputs.size(), 1u);
  EXPECT_EQ(g.outputs[0].name, "y");
  EXPECT_EQ(g.nodes[g.outputs[0].from.node].id, "b");
  settings.outputs = {{"y", "c.number"}, {"z", "b"}, {"w", "b.numbr"}};
  EXPECT_EQ(problem_of(graph, settings),
            "output \"y\": there is no node \"c\"\n"
            "  hint: the nodes: \"a\", \"b\"\n"
            "output \"z\": expected an output of the graph or \"node.port\", got \"b\"\n"
            "  hint: its outputs: \"x\"\n"
            "output \"w\": node \"b\" (Constant) has no output \"numbr\"\n"
            "  hint: did you mean \"number\"?");
}

}  // namespace
}  // namespace calotype
