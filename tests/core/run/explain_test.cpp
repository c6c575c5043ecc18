#include <gtest/gtest.h>

#include "support/run_helpers.h"
#include "support/temp_dir.h"

namespace calotype::test {
namespace {

class Explain : public ::testing::Test {
 protected:
  ResolvedGraph graph(std::int64_t steps, double offset = 0, bool second = false) const {
    GraphBuilder g(*registry_, "portrait.json");
    g.add("noise", "Constant", {{"steps", steps}}).add("b", "Constant", {{"value", 4.0}});
    g.add("latent", "Add", {{"offset", offset}}, {{"a", {"noise"}}});
    GraphBuilder::Inputs inputs = {{"a", {"latent"}}};
    if (second) inputs.push_back({"b", {"b"}});
    return g.add("image", "Add", {}, inputs).output("image").build();
  }
  static std::string reason(Engine& engine, const ResolvedGraph& graph, const std::string& node) {
    return report(engine.run(engine.prepare(graph), {.explain = true}), node).reason;
  }
  std::string reason(const ResolvedGraph& graph, const std::string& node) {
    return reason(engine_, graph, node);
  }
  /// Without running it: no registry has the node types of some graphs here.
  std::string foretold(const ResolvedGraph& graph, const std::string& node) {
    for (const NodeReport& r : engine_.explain(engine_.prepare(graph))) {
      if (r.id == node) return r.reason;
    }
    return {};
  }
  void run(const ResolvedGraph& graph) { engine_.run(engine_.prepare(graph), {.explain = true}); }

  std::shared_ptr<Registry> registry_ = fake_registry();
  Engine engine_{registry_, {.workers = 1}};
};

TEST_F(Explain, FirstTime) { EXPECT_EQ(reason(graph(20), "noise"), "first time"); }

TEST_F(Explain, ChangedParam) {
  run(graph(20));
  const RunResult result = engine_.run(engine_.prepare(graph(24)), {.explain = true});
  EXPECT_EQ(report(result, "noise").reason, "param \"steps\" 20 -> 24");
  EXPECT_EQ(report(result, "latent").reason, "input \"a\" changed");
  EXPECT_EQ(report(result, "image").reason, "input \"a\" changed");
  EXPECT_EQ(report(result, "b").reason, "no wanted output depends on it");
}

TEST_F(Explain, ComparesWithTheLastTimeTheNodeHadAResult) {
  run(graph(20));
  run(graph(24));
  run(graph(20));  // `noise` is skipped: its last result is still that of 24
  EXPECT_EQ(reason(graph(28), "noise"), "param \"steps\" 24 -> 28");
}

TEST_F(Explain, CachedAndSkippedNodes) {
  run(graph(20));
  const RunResult result = engine_.run(engine_.prepare(graph(20)), {.explain = true});
  EXPECT_EQ(report(result, "image").reason, "unchanged");
  EXPECT_EQ(report(result, "latent").reason, "not needed, everything that depends on it is cached");
}

TEST_F(Explain, AddedLink) {
  run(graph(20));
  EXPECT_EQ(reason(graph(20, 0, true), "image"), "input \"b\" changed");
}

TEST_F(Explain, DroppedFromTheCache) {
  run(graph(20));
  engine_.memory().clear();
  EXPECT_EQ(reason(graph(20), "latent"), "is no longer in the cache");
}

TEST_F(Explain, NodeTypeVersion) {
  run(graph(20));
  NodeSchema newer = *registry_->schema("Add");
  newer.version = 2;
  ResolvedGraph changed = graph(20);
  changed.nodes[2].schema = &newer;
  EXPECT_EQ(foretold(changed, "latent"), "node type version 1 -> 2");
}

TEST_F(Explain, CodeOfTheNodeType) {
  run(graph(20));
  NodeSchema rebuilt = *registry_->schema("Add");
  rebuilt.code = "another digest";
  ResolvedGraph changed = graph(20);
  changed.nodes[2].schema = &rebuilt;
  EXPECT_EQ(foretold(changed, "latent"), "the code of the node type changed");
}

TEST_F(Explain, NodeType) {
  GraphBuilder g(*registry_, "portrait.json");
  run(g.add("image", "Constant").output("image").build());
  GraphBuilder h(*registry_, "portrait.json");
  h.add("image", "Sleep", {{"steps", std::int64_t{0}}}).output("image");
  EXPECT_EQ(reason(h.build(), "image"), "node type Constant -> Sleep");
}

TEST_F(Explain, ImpureNodes) {
  GraphBuilder g(*registry_);
  g.add("a", "Constant").add("effect", "Effect", {}, {{"number", {"a"}}});
  run(g.build());
  EXPECT_EQ(reason(g.build(), "effect"), "never cached (impure)");
}

TEST_F(Explain, CacheSwitchedOff) {
  const RunResult result =
      engine_.run(engine_.prepare(graph(20)), {.use_cache = false, .explain = true});
  EXPECT_EQ(report(result, "noise").reason, "the cache is off");
}

TEST_F(Explain, ChangedFile) {
  const TempDir dir;
  const auto file = [&](const char* name, const char* bytes) {
    GraphBuilder g(*registry_);
    return g.add("f", "ReadFile", {{"path", dir.write(name, bytes).string()}}).output("f").build();
  };
  run(file("x", "1"));
  EXPECT_EQ(reason(file("x", "22"), "f"), "file \"path\" changed");
  EXPECT_EQ(reason(file("y", "22"), "f"), "unchanged");
  EXPECT_EQ(reason(file("z", "333"), "f"),
            "param \"path\" \"" + (dir / "x").string() + "\" -> \"" + (dir / "z").string() + "\"");
}

TEST_F(Explain, LongTextsAreCutBetweenCharacters) {
  const auto text = [&](const std::string& words) {
    GraphBuilder g(*registry_);
    return g.add("bad", "Constant", {{"mode", words}}).output("bad").build();
  };
  run(text("short"));
  std::string words;
  for (int i = 0; i < 2000; ++i) words += "\u00e9";
  std::string cut = "\"";
  for (int i = 0; i < 29; ++i) cut += "\u00e9";
  EXPECT_EQ(reason(text(words), "bad"), "param \"mode\" \"short\" -> " + cut + "...");
}

TEST_F(Explain, SpansProcesses) {
  const TempDir dir;
  const auto engine = [&](const char* environment = "") {
    return Engine(registry_,
                  {.cache_folder = dir.path(), .workers = 1, .environment = environment});
  };
  {
    Engine first = engine();
    first.run(first.prepare(graph(20)));
  }
  {
    Engine second = engine();
    EXPECT_EQ(reason(second, graph(20), "image"), "unchanged");
  }
  {
    Engine third = engine();
    EXPECT_EQ(reason(third, graph(24), "noise"), "param \"steps\" 20 -> 24");
  }
  Engine fourth = engine("cuda");
  EXPECT_EQ(reason(fourth, graph(24), "noise"), "environment \"\" -> \"cuda\"");
}

TEST_F(Explain, IgnoresDamagedRecords) {
  const TempDir dir;
  const EngineOptions options{.cache_folder = dir.path(), .workers = 1};
  {
    Engine first(registry_, options);
    first.run(first.prepare(graph(20)));
  }
  for (const auto& file : std::filesystem::directory_iterator(dir / "explain")) {
    std::ofstream(file.path()) << "{\"version\":1,\"nodes\":{\"noise\":7}}";
  }
  Engine second(registry_, options);
  EXPECT_EQ(reason(second, graph(24), "noise"), "first time");
}

}  // namespace
}  // namespace calotype::test
