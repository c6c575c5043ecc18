#include <gtest/gtest.h>

#include "support/graph_text.h"

namespace calotype {
namespace {

using test::problem_of;
using test::validated;

Graph graph() {
  return test::graph_from(
      "'one': {'type': 'Constant', 'params': {'steps': {'$input': 'steps'}, 'value': 2}},"
      "'file': {'type': 'ReadFile', 'params': {'path': 'x'}}",
      "'x': 'one.number'", "'steps': {'type': 'int', 'default': 5}");
}

GraphSettings set(std::string name, ParamValue value) {
  GraphSettings settings;
  settings.set.emplace_back(std::move(name), std::move(value));
  return settings;
}

ParamValue param(const GraphSettings& settings, std::size_t index) {
  return test::node(validated(graph(), settings), "one").params.at(index);
}

TEST(Settings, ReadTextsAsTheParametersKind) {
  EXPECT_EQ(param(set("steps", "24"), 2), ParamValue(std::int64_t{24}));
  EXPECT_EQ(param(set("one.value", "2.5"), 0), ParamValue(2.5));
  EXPECT_EQ(param(set("one.seed", "18446744073709551615"), 1),
            ParamValue(std::uint64_t{18446744073709551615u}));
  EXPECT_EQ(param(set("one.mode", "fancy"), 3), ParamValue("fancy"));
}

TEST(Settings, TakeOtherAlternativesThatFit) {
  EXPECT_EQ(param(set("steps", std::int64_t{24}), 2), ParamValue(std::int64_t{24}));
  EXPECT_EQ(param(set("one.value", std::int64_t{3}), 0), ParamValue(3.0));
}

TEST(Settings, WinOverTheGraphAndTheLastOneWins) {
  GraphSettings settings = set("one.steps", "7");
  settings.set.emplace_back("one.steps", "8");
  settings.set.emplace_back("steps", "9");
  EXPECT_EQ(param(settings, 2), ParamValue(std::int64_t{8}));
}

TEST(Settings, AcceptFormerNames) {
  EXPECT_EQ(param(set("one.count", "7"), 2), ParamValue(std::int64_t{7}));
}

TEST(Settings, DrawRandomSeeds) {
  EXPECT_LT(std::get<std::uint64_t>(param(set("one.seed", "random"), 1)), std::uint64_t{1} << 53);
}

TEST(Settings, SeedEveryNodeOverWhatElseIsSet) {
  GraphSettings settings = set("one.seed", "3");
  settings.seed = "18446744073709551615";
  EXPECT_EQ(param(settings, 1), ParamValue(std::uint64_t{18446744073709551615u}));
  settings.seed = "random";
  EXPECT_LT(std::get<std::uint64_t>(param(settings, 1)), std::uint64_t{1} << 53);
  settings.seed = "-1";
  EXPECT_EQ(problem_of(graph(), settings),
            "node \"one\", param \"seed\": expected an integer from 0 to 18446744073709551615 or "
            "\"random\", got \"-1\"");
}

TEST(Settings, AreNotForInputsThatCarryValues) {
  const Graph carrying = test::graph_from("'add': {'type': 'Add', 'in': {'a': {'$input': 'x'}}}",
                                          "'x': 'add.sum'", "'x': {'type': 'Number'}");
  EXPECT_EQ(problem_of(carrying, set("x", "3")), problem_of(carrying));
}

TEST(Settings, RefuseUnknownNamesWithASuggestion) {
  EXPECT_EQ(problem_of(graph(), set("stesp", "3")),
            "the graph has no input \"stesp\"\n  hint: did you mean \"steps\"?");
  EXPECT_EQ(problem_of(graph(), set("mode", "fancy")),
            "the graph has no input \"mode\"\n  hint: did you mean \"one.mode\"?");
  EXPECT_EQ(problem_of(graph(), set("won.steps", "3")),
            "the graph has no node \"won\"\n  hint: its nodes: \"one\", \"file\"");
  EXPECT_EQ(problem_of(graph(), set("fiel.path", "3")),
            "the graph has no node \"fiel\"\n  hint: did you mean \"file\"?");
  EXPECT_EQ(problem_of(graph(), set("one.vlaue", "3")),
            "node \"one\" has no param \"vlaue\"\n  hint: did you mean \"value\"?");
}

TEST(Settings, ListWhatThereIsWhenNoNameIsNear) {
  EXPECT_EQ(problem_of(graph(), set("picture", "x")),
            "the graph has no input \"picture\"\n  hint: its inputs: \"steps\"");
  EXPECT_EQ(problem_of(graph(), set("picture.path", "x")),
            "the graph has no node \"picture\"\n  hint: its nodes: \"one\", \"file\"");
  EXPECT_EQ(problem_of(graph(), set("one.picture", "x")),
            "node \"one\" has no param \"picture\"\n"
            "  hint: its params: \"value\", \"seed\", \"steps\", \"mode\"");
  const Graph closed = test::graph_from("'one': {'type': 'Constant'}", "'x': 'one.number'");
  EXPECT_EQ(problem_of(closed, set("picture", "x")),
            "the graph has no input \"picture\"\n"
            "  hint: it has no inputs: name a parameter as \"node.param\"");
}

TEST(Settings, ListTheFirstEightOfManyNames) {
  Graph many = graph();
  for (const char* name : {"a", "b", "c", "d", "e", "f", "g", "h", "i"}) {
    many.inputs.push_back({name, "int", std::int64_t{1}, "", {}});
  }
  EXPECT_EQ(
      problem_of(many, set("picture", "x")),
      "the graph has no input \"picture\"\n"
      "  hint: its inputs: \"steps\", \"a\", \"b\", \"c\", \"d\", \"e\", \"f\", \"g\" and 2 more");
}

TEST(Settings, RefuseValuesThatDoNotFit) {
  EXPECT_EQ(problem_of(graph(), set("steps", "many")),
            "input \"steps\": expected an integer, got \"many\"");
  EXPECT_EQ(problem_of(graph(), set("one.value", "nan")),
            "node \"one\", param \"value\": expected a number, got \"nan\"");
  EXPECT_EQ(problem_of(graph(), set("one.steps", "0")),
            "node \"one\", param \"steps\": expected 1 to 1000, got 0");
  EXPECT_EQ(problem_of(graph(), set("file.path", std::int64_t{3})),
            "node \"file\", param \"path\": expected a string, got 3");
}

}  // namespace
}  // namespace calotype
