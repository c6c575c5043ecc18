#include <gtest/gtest.h>

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "calotype/testing.h"

namespace calotype {
namespace {

struct Words {
  std::string text;
};
struct Count {
  std::int64_t number = 0;
};

}  // namespace

template <>
struct PortTraits<Words> {
  static const PortType& type() {
    static const PortType type{.name = "test.Words", .doc = "Words."};
    return type;
  }
};
template <>
struct PortTraits<Count> {
  static const PortType& type() {
    static const PortType type{.name = "test.Count", .doc = "A count."};
    return type;
  }
};

namespace {

/// Joins its inputs, `times` times, and counts the letters.
struct Join {
  static constexpr std::string_view kType = "test.Join";
  static constexpr int kVersion = 1;
  struct Inputs {
    Words first;
    std::vector<Words> rest;
    std::optional<Count> limit;
  };
  struct Params {
    std::int64_t times = 1;
    std::string between = "-";
  };
  struct Outputs {
    Words words;
    Count letters;
  };
  static void describe(Describe<Join>& d) {
    d.summary("Joins words.");
    d.input("first", &Inputs::first, "The first.");
    d.input("rest", &Inputs::rest, "The others.");
    d.input("limit", &Inputs::limit, "Most letters.");
    d.param("times", &Params::times, "How often.").range(1, 3);
    d.param("between", &Params::between, "What stands between.").choices({"-", "+"});
    d.output("words", &Outputs::words, "All.");
    d.output("letters", &Outputs::letters, "How many letters.");
  }
  static Outputs run(const Inputs& in, const Params& params, RunContext& context) {
    Outputs out;
    for (std::int64_t i = 0; i < params.times; ++i) {
      if (i > 0) out.words.text += params.between;
      out.words.text += in.first.text;
      for (const Words& words : in.rest) out.words.text += params.between + words.text;
    }
    out.letters.number = static_cast<std::int64_t>(out.words.text.size());
    if (in.limit && out.letters.number > in.limit->number) {
      throw Error(ErrorCode::run, "too many letters", "join less");
    }
    if (in.rest.empty()) context.warn("there is nothing to join");
    return out;
  }
};

TEST(NodeRunner, FillsInDefaultsAndGivesEveryOutput) {
  auto node = kit::NodeRunner::of<Join>();
  const kit::NodeResult result = node.input("first", Words{"one"}).run();
  EXPECT_EQ(result.get<Words>("words").text, "one");
  EXPECT_EQ(result.get<Count>("letters").number, 3);
}

TEST(NodeRunner, TakesSeveralValuesForARepeatedInput) {
  auto node = kit::NodeRunner::of<Join>();
  node.input("first", Words{"one"});
  node.input("rest", {Value::of(Words{"two"}), Value::of(Words{"three"})});
  EXPECT_EQ(node.run().get<Words>("words").text, "one-two-three");
}

TEST(NodeRunner, KeepsWhatWasSetForTheNextRun) {
  auto node = kit::NodeRunner::of<Join>();
  node.input("first", Words{"one"}).param("times", 2);
  EXPECT_EQ(node.run().get<Words>("words").text, "one-one");
  EXPECT_EQ(node.param("between", "+").run().get<Words>("words").text, "one+one");
  EXPECT_EQ(node.param("times", 3.0).run().get<Words>("words").text, "one+one+one");
}

TEST(NodeRunner, CollectsWarnings) {
  auto node = kit::NodeRunner::of<Join>();
  EXPECT_EQ(node.input("first", Words{"one"}).run().warnings,
            std::vector<std::string>{"there is nothing to join"});
}

TEST(NodeRunner, RefusesWhatAGraphWouldNotAllow) {
  const auto error = [](const auto& set) {
    auto node = kit::NodeRunner::of<Join>();
    node.input("first", Words{"one"});
    set(node);
    return node.error();
  };
  EXPECT_EQ(error([](auto& n) { n.param("times", 4); }),
            "node \"node\", param \"times\": expected 1 to 3, got 4");
  EXPECT_EQ(error([](auto& n) { n.param("times", "2"); }),
            "node \"node\", param \"times\": expected an integer, got \"2\"\n"
            "  hint: write it without quotes");
  EXPECT_EQ(error([](auto& n) { n.param("between", "/"); }),
            "node \"node\", param \"between\": expected one of \"-\", \"+\", got \"/\"");
  EXPECT_EQ(error([](auto& n) { n.param("time", 2); }),
            "node \"node\": test.Join has no param \"time\"\n  hint: did you mean \"times\"?");
  EXPECT_EQ(error([](auto& n) { n.input("frist", Words{"two"}); }),
            "node \"node\": test.Join has no input \"frist\"\n  hint: did you mean \"first\"?");
  EXPECT_EQ(error([](auto& n) { n.input("first", Count{1}); }),
            "node \"node\", input \"first\": expected test.Words, got test.Count from "
            "\"first_1.value\"\n  hint: move it to input \"limit\"");
  EXPECT_EQ(error([](auto& n) { n.input("first", std::vector<Value>{Value()}); }),
            "input \"first\" got no value");
}

TEST(NodeRunner, AsksForMissingInputs) {
  EXPECT_EQ(kit::NodeRunner::of<Join>().error(),
            "node \"node\", input \"first\": it is missing: expected a link to a "
            "test.Words");
}

TEST(NodeRunner, SaysWhyANodeFailed) {
  auto node = kit::NodeRunner::of<Join>();
  node.input("first", Words{"one"}).input("limit", Count{2});
  EXPECT_EQ(node.error(),
            "node \"node\": test.Join (plugin test, inputs \"first\" = test.Words, \"limit\" = "
            "test.Count) failed: too many letters\n  hint: join less");
}

TEST(NodeRunner, NamesTheOutputsThatThereAre) {
  auto node = kit::NodeRunner::of<Join>();
  const kit::NodeResult result = node.input("first", Words{"one"}).run();
  try {
    result.value("word");
    FAIL() << "an output that does not exist was found";
  } catch (const Error& e) {
    EXPECT_STREQ(e.what(),
                 "the node has no output \"word\"\n  hint: its outputs: \"letters\", \"words\"");
  }
}

TEST(NodeRunner, NamesTheNodeTypesOfAPlugin) {
  const std::string library = CALOTYPE_LINT_PLUGINS "/unsteady.so";
  try {
    kit::NodeRunner::of(library, "lint.Nothing");
    FAIL() << "a node type that does not exist was found";
  } catch (const Error& e) {
    const std::string text = e.what();
    EXPECT_TRUE(text.starts_with(library + " has no node type \"lint.Nothing\"\n  hint: its node "
                                           "types: \"lint.Boasts\", "))
        << text;
  }
}

TEST(NodeRunner, RunsANodeOfABuiltPlugin) {
  auto node = kit::NodeRunner::of(CALOTYPE_LINT_PLUGINS "/unsteady.so", "lint.Steady");
  EXPECT_EQ(node.schema().plugin, "lint.unsteady");
  const kit::NodeResult result = node.param("size", 5).run();
  EXPECT_EQ(result.value("numbers").type()->name, "lint.Numbers");
  EXPECT_EQ(result.value("numbers").memory().host, 5 * sizeof(float));
}

}  // namespace
}  // namespace calotype
