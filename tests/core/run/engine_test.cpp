#include "calotype/engine.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>

#include "support/run_helpers.h"
#include "support/temp_dir.h"

namespace calotype::test {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;

class Recorder : public Observer {
 public:
  std::vector<std::string> calls;
  void run_started(const std::vector<const ResolvedNode*>& nodes) override {
    std::string ids;
    for (const ResolvedNode* node : nodes) ids += " " + node->id;
    calls.push_back("run" + ids);
  }
  void node_started(const ResolvedNode& n) override { calls.push_back("start " + n.id); }
  void node_progress(const ResolvedNode& n, const Progress& p) override {
    calls.push_back(n.id + " " + std::to_string(p.step) + "/" + std::to_string(p.steps));
  }
  void node_warning(const ResolvedNode& n, const std::string& text) override {
    calls.push_back("warning " + n.id + ": " + text);
  }
  void node_finished(const ResolvedNode& n, const NodeReport& r) override {
    calls.push_back("finish " + n.id + " " + std::string(to_text(r.status)));
  }
  void node_failed(const ResolvedNode& n, const Error&) override {
    calls.push_back("fail " + n.id);
  }
};

class EngineTest : public ::testing::Test {
 protected:
  /// a, b -> sum -> spelled -> letters; `sum` and `letters` are wanted.
  ResolvedGraph graph(double a, double b) const {
    GraphBuilder g(*registry_);
    g.add("a", "Constant", {{"value", a}}).add("b", "Constant", {{"value", b}});
    g.add("sum", "Add", {}, {{"a", {"a"}}, {"b", {"b"}}});
    g.add("spelled", "Spell", {}, {{"number", {"sum"}}});
    g.add("letters", "Count", {}, {{"word", {"spelled"}}});
    return g.output("sum").output("letters").build();
  }
  RunResult run(const ResolvedGraph& graph, const RunOptions& options = {}) {
    return engine_.run(engine_.prepare(graph), options);
  }

  std::shared_ptr<Registry> registry_ = fake_registry();
  Engine engine_{registry_, {.workers = 2}};
};

TEST_F(EngineTest, ComputesTheWantedOutputs) {
  const RunResult result = run(graph(1, 2));
  EXPECT_EQ(number(result, "sum"), 3);
  EXPECT_EQ(number(result, "letters"), 8);  // "3.000000"
  EXPECT_EQ(statuses(result), "a=ran b=ran sum=ran spelled=ran letters=ran");
  EXPECT_EQ(report(result, "sum").plugin, "test.fakes");
  EXPECT_EQ(report(result, "sum").type, "Add");
  EXPECT_EQ(report(result, "sum").bytes, sizeof(Number));
}

TEST_F(EngineTest, RunsNothingAgainWhenNothingChanged) {
  run(graph(1, 2));
  const RunResult again = run(graph(1, 2));
  EXPECT_EQ(statuses(again), "a=skipped b=skipped sum=memory spelled=skipped letters=memory");
  EXPECT_EQ(number(again, "sum"), 3);
}

TEST_F(EngineTest, RunsOnlyWhatFollowsAChange) {
  run(graph(1, 2));
  const int constants = constant_runs;
  const int adds = add_runs;
  const RunResult changed = run(graph(1, 20));
  EXPECT_EQ(statuses(changed), "a=memory b=ran sum=ran spelled=ran letters=ran");
  EXPECT_EQ(constant_runs - constants, 1);
  EXPECT_EQ(add_runs - adds, 1);
  EXPECT_EQ(number(changed, "sum"), 21);
}

TEST_F(EngineTest, ServesAnEarlierStateFromTheCache) {
  run(graph(1, 2));
  run(graph(1, 20));
  EXPECT_EQ(statuses(run(graph(1, 2))),
            "a=skipped b=skipped sum=memory spelled=skipped letters=memory");
}

TEST_F(EngineTest, RunsAgainWhenAFileChanges) {
  const TempDir dir;
  const std::string path = dir.write("x.bin", "abc").string();
  GraphBuilder g(*registry_);
  g.add("file", "ReadFile", {{"path", path}}).output("file");
  EXPECT_EQ(number(run(g.build()), "file"), 3);
  EXPECT_EQ(statuses(run(g.build())), "file=memory");
  dir.write("x.bin", "abcd");
  const RunResult changed = run(g.build());
  EXPECT_EQ(statuses(changed), "file=ran");
  EXPECT_EQ(number(changed, "file"), 4);
}

TEST_F(EngineTest, KeepsNothingThatWasMadeFromAFileThatChangedMeanwhile) {
  const TempDir dir;
  const std::string path = dir.write("x.bin", "abc").string();
  GraphBuilder g(*registry_);
  g.add("file", "ReadFile", {{"path", path}});
  g.add("sum", "Add", {}, {{"a", {"file"}}}).output("sum");
  const Plan plan = engine_.prepare(g.build());
  dir.write("x.bin", "abcdef");
  Recorder recorder;
  EXPECT_EQ(number(engine_.run(plan, {.observer = &recorder}), "sum"), 6);
  EXPECT_THAT(recorder.calls,
              Contains("warning file: \"" + path +
                       "\" changed while it was used: nothing that was made from it is kept in "
                       "the cache"));
  dir.write("x.bin", "abc");
  const RunResult again = run(g.build());
  EXPECT_EQ(number(again, "sum"), 3);
  EXPECT_EQ(statuses(again), "file=ran sum=ran");
}

/// Its file counts as read when the word is used, as those of models are.
struct OpenLate {
  static constexpr std::string_view kType = "OpenLate";
  static constexpr int kVersion = 1;
  struct Inputs {};
  struct Params {
    std::string path;
  };
  struct Outputs {
    Word word;
  };
  static void describe(Describe<OpenLate>& d) {
    d.summary("Opens a file.");
    d.param("path", &Params::path, "File.").required().file();
    d.output("word", &Outputs::word, "Stands for the file.");
  }
  static Outputs run(const Inputs&, const Params& p, RunContext&) { return {{p.path}}; }
};

struct UseLate {
  static constexpr std::string_view kType = "UseLate";
  static constexpr int kVersion = 1;
  struct Inputs {
    Word word;
  };
  struct Params {};
  struct Outputs {
    Number number;
  };
  static void describe(Describe<UseLate>& d) {
    d.summary("Somebody changes the file while this node runs.");
    d.input("word", &Inputs::word, "Stands for the file.");
    d.output("number", &Outputs::number, "Nothing.");
  }
  static Outputs run(const Inputs& in, const Params&, RunContext&) {
    std::ofstream(in.word.text) << "changed";
    return {{1}};
  }
};

TEST_F(EngineTest, KeepsNothingThatWasMadeFromAModelWhoseFileChanged) {
  const TempDir dir;
  registry_->add_linked({"test.late", "1", "", true}, [](Registrar& r) {
    r.add<OpenLate>();
    r.add<UseLate>();
  });
  GraphBuilder g(*registry_);
  g.add("model", "OpenLate", {{"path", dir.write("model", "weights").string()}});
  g.add("used", "UseLate", {}, {{"word", {"model"}}});
  g.add("sum", "Add", {}, {{"a", {"used"}}}).output("sum");
  const ResolvedGraph graph = g.build();
  run(graph);
  dir.write("model", "weights");
  EXPECT_EQ(statuses(run(graph)), "model=ran used=ran sum=ran");
}

template <int kValue>
struct Swapped {
  static constexpr std::string_view kType = "Swapped";
  static constexpr int kVersion = 1;
  struct Inputs {};
  struct Params {};
  struct Outputs {
    Number number;
  };
  static void describe(Describe<Swapped>& d) {
    d.summary("A number.");
    d.output("number", &Outputs::number, "The number.");
  }
  static Outputs run(const Inputs&, const Params&, RunContext&) { return {{kValue}}; }
};

TEST_F(EngineTest, RunsTheNodeTypesThatTheGraphWasCheckedWith) {
  const PluginInfo plugin{"test.swapped", "1", "", true};
  registry_->add_linked(plugin, [](Registrar& r) { r.add<Swapped<1>>(); });
  GraphBuilder g(*registry_);
  g.add("a", "Swapped").output("a");
  const ResolvedGraph graph = g.build();
  const Plan plan = engine_.prepare(graph);
  registry_->remove_linked("test.swapped");
  registry_->add_linked(plugin, [](Registrar& r) { r.add<Swapped<2>>(); });
  EXPECT_EQ(error_of([&] { run(graph, {.use_cache = false}); }), "") << "the plan keeps it";
  EXPECT_EQ(number(engine_.run(plan), "a"), 1);
}

TEST_F(EngineTest, RefusesANodeTypeThatNobodyHasAnyMore) {
  const PluginInfo plugin{"test.swapped", "1", "", true};
  registry_->add_linked(plugin, [](Registrar& r) { r.add<Swapped<1>>(); });
  GraphBuilder g(*registry_);
  g.add("a", "Swapped").output("a");
  const ResolvedGraph graph = g.build();
  registry_->remove_linked("test.swapped");
  registry_->add_linked(plugin, [](Registrar& r) { r.add<Swapped<2>>(); });
  EXPECT_EQ(error_of([&] { run(graph); }),
            "node type \"Swapped\" was replaced or taken out after the graph was checked\n"
            "  hint: run again");
}

TEST_F(EngineTest, HandsNodesThePathToOpen) {
  const TempDir dir;
  GraphBuilder g(*registry_);
  g.add("file", "ReadFile", {{"path", std::string("x.bin")}}).output("file");
  ResolvedGraph graph = g.build();
  graph.nodes[0].files[0] = dir.write("x.bin", "abc").string();
  EXPECT_EQ(number(run(graph), "file"), 3);
}

TEST_F(EngineTest, RunsNodesThatNobodyWantsNever) {
  GraphBuilder g(*registry_);
  g.add("a", "Constant").add("b", "Constant", {{"value", 2.0}}).output("b");
  EXPECT_EQ(statuses(run(g.build())), "a=skipped b=ran");
}

TEST_F(EngineTest, RunsNodesWithAnEffectEveryTime) {
  GraphBuilder g(*registry_);
  g.add("a", "Constant").add("effect", "Effect", {}, {{"number", {"a"}}});
  const int before = Effect::runs;
  EXPECT_EQ(statuses(run(g.build())), "a=ran effect=ran");
  EXPECT_EQ(statuses(run(g.build())), "a=memory effect=ran");
  EXPECT_EQ(Effect::runs - before, 2);
}

TEST_F(EngineTest, TouchesNoCacheWhenToldSo) {
  const RunOptions off{.use_cache = false};
  run(graph(1, 2), off);
  EXPECT_EQ(engine_.memory().size(), 0U);
  run(graph(1, 2));
  EXPECT_EQ(statuses(run(graph(1, 2), off)), "a=ran b=ran sum=ran spelled=ran letters=ran");
}

TEST_F(EngineTest, TakesSeveralLinksToOneNode) {
  GraphBuilder g(*registry_);
  g.add("a", "Constant", {{"value", 2.0}});
  g.add("sum", "Add", {}, {{"a", {"a"}}, {"b", {"a"}}, {"more", {"a", "a"}}}).output("sum");
  EXPECT_EQ(number(run(g.build()), "sum"), 8);
}

TEST_F(EngineTest, RunsDroppedModelsAgainWhenTheyAreNeeded) {
  Engine small(registry_, {.host_budget = sizeof(Number), .workers = 1});
  const Plan plan = small.prepare(graph(1, 2));
  small.run(plan);
  const int spells = spell_runs;
  EXPECT_EQ(number(small.run(plan), "letters"), 8);
  EXPECT_EQ(spell_runs - spells, 0);  // `letters` is the last value that was kept
  small.memory().clear();
  small.run(plan);
  EXPECT_EQ(spell_runs - spells, 1);
}

TEST_F(EngineTest, RunsSeveralGraphsAtOnce) {
  std::vector<std::jthread> threads;
  std::array<double, 4> sums{};
  for (std::size_t t = 0; t < sums.size(); ++t) {
    threads.emplace_back([&, t] {
      for (int i = 0; i < 20; ++i) {
        sums[t] += number(run(graph(static_cast<double>(t), i % 5)), "sum");
      }
    });
  }
  threads.clear();
  EXPECT_THAT(sums, ElementsAre(40, 60, 80, 100));
}

TEST_F(EngineTest, RefusesToSaveATypeWithoutSavedForm) {
  GraphBuilder g(*registry_);
  g.add("a", "Constant").add("word", "Spell", {}, {{"number", {"a"}}}).output("word");
  const RunResult result = run(g.build());
  EXPECT_EQ(error_of([&] { (void)result.outputs.at("word").archive(); }),
            "values of type Word cannot be saved\n"
            "  hint: choose an output of a type such as Image or Latent");
}

/// Writes down what an observer is told.

TEST_F(EngineTest, TellsTheObserverInOrder) {
  const auto plan = [&](double value) {
    GraphBuilder g(*registry_);
    g.add("unused", "Constant").add("a", "Constant", {{"value", 7.0}});
    g.add("wait", "Sleep", {{"steps", std::int64_t{2}}, {"milliseconds", 0.0}},
          {{"number", {"a"}}});
    g.add("sum", "Add", {{"offset", value}}, {{"a", {"wait"}}}).output("sum");
    return engine_.prepare(g.build());
  };
  Recorder first;
  engine_.run(plan(1), {.observer = &first});
  EXPECT_THAT(first.calls,
              ElementsAre("run a wait sum", "start a", "finish a ran", "start wait", "wait 1/2",
                          "wait 2/2", "finish wait ran", "start sum", "finish sum ran"));
  Recorder second;
  engine_.run(plan(2), {.observer = &second});
  EXPECT_THAT(second.calls,
              ElementsAre("run wait sum", "finish wait memory", "start sum", "finish sum ran"));
}

TEST_F(EngineTest, TellsTheObserverOfAFailure) {
  GraphBuilder g(*registry_);
  g.add("bad", "Fail").output("bad");
  Recorder recorder;
  EXPECT_THROW(run(g.build(), {.observer = &recorder}), Error);
  EXPECT_THAT(recorder.calls, ElementsAre("run bad", "start bad", "fail bad"));
}

}  // namespace
}  // namespace calotype::test
