#include "calotype/engine.h"

#include <gtest/gtest.h>

#include <set>

#include "support/run_helpers.h"
#include "support/temp_dir.h"

namespace calotype::test {
namespace {

class CacheKey : public ::testing::Test {
 protected:
  Hash128 key(const GraphBuilder& g, std::uint32_t node = 0) const {
    return engine_.prepare(g.build()).key(node, 0);
  }
  GraphBuilder constant(const GraphBuilder::Params& params) const {
    return GraphBuilder(*registry_).add("c", "Constant", params);
  }

  std::shared_ptr<Registry> registry_ = fake_registry();
  Engine engine_{registry_};
};

TEST_F(CacheKey, IsTheSameForTheSameComputation) {
  EXPECT_EQ(key(constant({{"value", 2.0}})), key(constant({{"value", 2.0}})));
}

TEST_F(CacheKey, DoesNotDependOnTheNodeId) {
  GraphBuilder other(*registry_);
  other.add("another", "Constant", {{"value", 2.0}});
  EXPECT_EQ(key(constant({{"value", 2.0}})), key(other));
}

TEST_F(CacheKey, DependsOnEveryParam) {
  const std::set<Hash128> keys = {
      key(constant({})),
      key(constant({{"value", 2.0}})),
      key(constant({{"seed", std::uint64_t{1}}})),
      key(constant({{"steps", std::int64_t{21}}})),
      key(constant({{"mode", std::string("fancy")}})),
  };
  EXPECT_EQ(keys.size(), 5U);
}

TEST_F(CacheKey, TellsKindsOfTheSameBitsApart) {
  const std::set<Hash128> keys = {
      key(constant({{"seed", std::uint64_t{1}}})),
      key(constant({{"seed", std::int64_t{1}}})),
      key(constant({{"seed", true}})),
      key(constant({{"seed", 1.0}})),
      key(constant({{"seed", std::string("1")}})),
      key(constant({{"seed", std::monostate{}}})),
  };
  EXPECT_EQ(keys.size(), 6U);
}

TEST_F(CacheKey, TellsNegativeZeroFromZero) {
  EXPECT_NE(key(constant({{"value", 0.0}})), key(constant({{"value", -0.0}})));
}

TEST_F(CacheKey, DependsOnTheNodeTypesVersion) {
  NodeSchema changed = *registry_->schema("Constant");
  changed.version = 2;
  ResolvedGraph graph = constant({}).build();
  const Hash128 before = engine_.prepare(graph).key(0, 0);
  graph.nodes[0].schema = &changed;
  EXPECT_NE(engine_.prepare(graph).key(0, 0), before);
}

TEST_F(CacheKey, DoesNotDependOnTheOrderOfDeclaration) {
  NodeSchema turned = *registry_->schema("Constant");
  std::reverse(turned.params.begin(), turned.params.end());
  ResolvedGraph graph = constant({{"value", 3.0}}).build();
  const Hash128 before = engine_.prepare(graph).key(0, 0);
  graph.nodes[0].schema = &turned;
  std::reverse(graph.nodes[0].params.begin(), graph.nodes[0].params.end());
  EXPECT_EQ(engine_.prepare(graph).key(0, 0), before);
}

TEST_F(CacheKey, DependsOnTheEnvironment) {
  Engine other(registry_, {.environment = "torch 2.13"});
  EXPECT_NE(other.prepare(constant({}).build()).key(0, 0), key(constant({})));
}

TEST_F(CacheKey, ChangesDownstreamOfAChangeAndNowhereElse) {
  const auto graph = [&](double value) {
    GraphBuilder g(*registry_);
    g.add("x", "Constant", {{"value", value}}).add("y", "Constant", {{"value", 9.0}});
    g.add("xx", "Add", {}, {{"a", {"x"}}}).add("yy", "Add", {}, {{"a", {"y"}}});
    g.add("sum", "Add", {}, {{"a", {"xx"}}, {"b", {"yy"}}});
    return engine_.prepare(g.build());
  };
  const Plan one = graph(1);
  const Plan two = graph(2);
  std::vector<bool> changed;
  for (std::uint32_t i = 0; i < 5; ++i) changed.push_back(one.key(i, 0) != two.key(i, 0));
  EXPECT_EQ(changed, (std::vector<bool>{true, false, true, false, true}));
}

TEST_F(CacheKey, TellsPortsAndTheOrderOfLinksApart) {
  const auto add = [&](const GraphBuilder::Inputs& inputs) {
    GraphBuilder g(*registry_);
    g.add("x", "Constant", {{"value", 1.0}}).add("y", "Constant", {{"value", 2.0}});
    return key(g.add("sum", "Add", {}, inputs), 2);
  };
  const std::set<Hash128> keys = {
      add({{"a", {"x"}}}),
      add({{"a", {"x"}}, {"b", {"y"}}}),
      add({{"a", {"x"}}, {"more", {"y"}}}),
      add({{"a", {"x"}}, {"more", {"x", "y"}}}),
      add({{"a", {"x"}}, {"more", {"y", "x"}}}),
  };
  EXPECT_EQ(keys.size(), 5U);
}

TEST_F(CacheKey, DependsOnTheContentOfAFileAndNotOnItsPath) {
  const TempDir dir;
  const auto file = [&](const char* name, const char* bytes) {
    GraphBuilder g(*registry_);
    return key(g.add("f", "ReadFile", {{"path", dir.write(name, bytes).string()}}));
  };
  const Hash128 one = file("one.txt", "abc");
  EXPECT_EQ(file("two.txt", "abc"), one);
  EXPECT_NE(file("one.txt", "abd"), one);
}

TEST_F(CacheKey, DependsOnTheCompanionOfAFile) {
  NodeSchema schema = *registry_->schema("ReadFile");
  schema.params[0].companion = ".yaml";
  const TempDir dir;
  const auto with_companion = [&](const std::string& name) {
    GraphBuilder g(*registry_);
    ResolvedGraph graph = g.add("f", "ReadFile", {{"path", (dir / name).string()}}).build();
    graph.nodes[0].schema = &schema;
    return engine_.prepare(graph).key(0, 0);
  };
  dir.write("one.bin", "abc");
  dir.write("two.bin", "abc");
  const Hash128 alone = with_companion("one.bin");
  dir.write("one.yaml", "x: 1");
  const Hash128 first = with_companion("one.bin");
  dir.write("one.yaml", "x: 2");
  EXPECT_EQ(std::set({alone, first, with_companion("one.bin")}).size(), 3U);
  EXPECT_EQ(with_companion("two.bin"), alone);
}

TEST_F(CacheKey, NamesTheParamOfAMissingFile) {
  GraphBuilder g(*registry_);
  g.add("f", "ReadFile", {{"path", std::string("/nowhere/x.bin")}});
  EXPECT_EQ(error_of([&] { engine_.prepare(g.build()); }),
            "node \"f\", param \"path\": \"/nowhere/x.bin\" does not exist");
}

TEST_F(CacheKey, OfImpureInputsIsNeverTheSameTwice) {
  class Clock final : public NodeType {
   public:
    Clock() {
      schema_.type = "Clock";
      schema_.impure = true;
      schema_.outputs = {{"number", "Number", "", false, false, {}}};
    }
    const NodeSchema& schema() const override { return schema_; }
    std::vector<Value> run(const NodeCall&) const override { return {Value::of(Number{1})}; }
    std::span<const PortType* const> port_types() const override { return types_; }

   private:
    NodeSchema schema_;
    std::vector<const PortType*> types_{&PortTraits<Number>::type()};
  };
  registry_->add_linked({"test.clock", "1", "", true},
                        [](Registrar& r) { r.add_node(std::make_shared<Clock>()); });
  GraphBuilder g(*registry_);
  g.add("clock", "Clock").add("after", "Add", {}, {{"a", {"clock"}}}).output("after");
  EXPECT_NE(key(g, 1), key(g, 1));

  const Plan plan = engine_.prepare(g.build());
  EXPECT_EQ(statuses(engine_.run(plan)), "clock=ran after=ran");
  const RunResult again = engine_.run(plan, {.explain = true});
  EXPECT_EQ(statuses(again), "clock=ran after=ran");
  EXPECT_EQ(report(again, "clock").reason, "never cached (impure)");
  EXPECT_EQ(report(again, "after").reason, "input \"a\" comes from an impure node");
  EXPECT_EQ(engine_.memory().size(), 0U);
}

}  // namespace
}  // namespace calotype::test
