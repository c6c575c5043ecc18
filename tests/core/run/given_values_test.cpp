#include "calotype/given_values.h"

#include <gtest/gtest.h>

#include <filesystem>

#include "calotype/safetensors.h"
#include "support/graph_text.h"
#include "support/run_helpers.h"

namespace calotype::test {
namespace {

const char kAddInputs[] = "'a':{'type':'Number'},'b':{'type':'Number'},'word':{'type':'Word'}";
const char kAddNodes[] =
    "'sum':{'type':'Add','in':{'a':{'$input':'a'},'b':{'$input':'b'}}},"
    "'letters':{'type':'Count','in':{'word':{'$input':'word'}}}";
const char kAddOutputs[] = "'sum':'sum.sum','letters':'letters.letters'";

class GivenValuesTest : public ::testing::Test {
 protected:
  using Values = std::map<std::string, Value>;

  Values numbers(double a, double b, Value word) {
    return {{"a", Value::of(Number{a})}, {"b", Value::of(Number{b})}, {"word", std::move(word)}};
  }
  RunResult run(const Values& values) {
    const GivenValues::Bound bound = given_.bind(graph_, values);
    return engine_.run(engine_.prepare(validate(bound.graph, *registry_)));
  }
  std::string problem(const Values& values) {
    try {
      given_.bind(graph_, values);
    } catch (const Error& e) {
      return e.what();
    }
    return "accepted";
  }

  std::shared_ptr<Registry> registry_ = fake_registry();
  GivenValues given_{*registry_};
  Engine engine_{registry_, {.workers = 2}};
  Graph graph_ = graph_from(kAddNodes, kAddOutputs, kAddInputs);
};

TEST_F(GivenValuesTest, ReachTheNodesThatReadTheInput) {
  const RunResult result = run(numbers(2, 3, Value::of(Word{"four"})));
  EXPECT_EQ(number(result, "sum"), 5);
  EXPECT_EQ(number(result, "letters"), 4);
}

TEST_F(GivenValuesTest, AreCachedByContent) {
  const Value word = Value::of(Word{"four"});
  run(numbers(2, 3, word));
  EXPECT_EQ(report(run(numbers(2, 3, word)), "sum").status, NodeStatus::memory);
  EXPECT_EQ(report(run(numbers(2, 4, word)), "sum").status, NodeStatus::ran);
  EXPECT_EQ(number(run(numbers(2, 4, word)), "sum"), 6);
}

TEST_F(GivenValuesTest, ThatCannotBeSavedAreCachedByIdentity) {
  const Value word = Value::of(Word{"four"});
  run(numbers(2, 3, word));
  EXPECT_EQ(report(run(numbers(2, 3, word)), "letters").status, NodeStatus::memory);
  EXPECT_EQ(report(run(numbers(2, 3, Value::of(Word{"four"}))), "letters").status, NodeStatus::ran);
}

TEST_F(GivenValuesTest, TakesAFreeIdForTheNode) {
  Graph graph = graph_from("'a':{'type':'Add','in':{'a':{'$input':'a'},'b':{'$input':'a'}}}",
                           "'sum':'a.sum'", "'a':{'type':'Number'}");
  const auto bound = given_.bind(graph, {{"a", Value::of(Number{4})}});
  const RunResult result = engine_.run(engine_.prepare(validate(bound.graph, *registry_)));
  EXPECT_EQ(number(result, "sum"), 8);
}

TEST_F(GivenValuesTest, RefusesNamesThatAreNoInput) {
  EXPECT_EQ(problem({{"words", Value::of(Word{"x"})}}),
            "the graph has no input \"words\"\n  hint: did you mean \"word\"?");
}

TEST_F(GivenValuesTest, RefusesValuesOfAnotherType) {
  graph_.source = nullptr;
  graph_.inputs[0].where = {};
  EXPECT_EQ(problem({{"a", Value::of(Word{"x"})}}), "input \"a\": expected Number, got Word");
}

TEST_F(GivenValuesTest, AreGoneWhenTheCallerLetsThemGo) {
  GivenValues::Bound bound = given_.bind(graph_, numbers(2, 3, Value::of(Word{"four"})));
  const Plan plan = engine_.prepare(validate(bound.graph, *registry_));
  bound.values.reset();
  EXPECT_THROW(engine_.run(plan), Error);
}

TEST_F(GivenValuesTest, AsFilesHoldTheValuesAsLongAsTheyAreKept) {
  const Graph graph =
      graph_from("'sum':{'type':'Add','in':{'a':{'$input':'a'},'b':{'$input':'a'}}}",
                 "'sum':'sum.sum'", "'a':{'type':'Number'}");
  GivenValues::Bound bound = GivenValues::bind_as_files(graph, {{"a", Value::of(Number{4})}});
  ASSERT_EQ(bound.graph.nodes.size(), 2U);
  EXPECT_EQ(bound.graph.nodes[0].type, "LoadTensor");
  const auto path =
      std::get<std::string>(std::get<ParamValue>(bound.graph.nodes[0].params[1].value));
  const SafetensorsFile file(path);
  EXPECT_EQ(file.metadata().at("port_type"), "Number");
  EXPECT_NE(file.find("number"), nullptr);
  bound.values.reset();
  EXPECT_FALSE(std::filesystem::exists(path));
}

TEST_F(GivenValuesTest, AsFilesRefusesWhatCannotBeSaved) {
  const Graph graph = graph_from("'n':{'type':'Count','in':{'word':{'$input':'word'}}}",
                                 "'n':'n.letters'", "'word':{'type':'Word'}");
  try {
    GivenValues::bind_as_files(graph, {{"word", Value::of(Word{"x"})}});
    FAIL();
  } catch (const Error& e) {
    EXPECT_STREQ(e.what(),
                 "values of type Word cannot be saved\n"
                 "  hint: choose an output of a type such as Image or Latent");
  }
}

}  // namespace
}  // namespace calotype::test
