#include "calotype/engine.h"

#include <gtest/gtest.h>

#include <atomic>
#include <functional>
#include <mutex>
#include <random>
#include <thread>

#include "support/run_helpers.h"

namespace calotype::test {
namespace {

/// A node type made at run time, so that each test says what it does.
class Probe final : public NodeType {
 public:
  using Body = std::function<double(const NodeCall&)>;
  Probe(std::string type, Lane lane, Body body) : body_(std::move(body)) {
    schema_.type = std::move(type);
    schema_.lane = lane;
    schema_.inputs = {{"in", "Number", "", true, true, {}}};
    schema_.params.resize(1);
    schema_.params[0].name = "tag";
    schema_.params[0].default_value = std::int64_t{0};
    schema_.outputs = {{"out", "Number", "", false, false, {}}};
  }
  const NodeSchema& schema() const override { return schema_; }
  std::vector<Value> run(const NodeCall& call) const override {
    return {Value::of(Number{body_(call)})};
  }
  std::span<const PortType* const> port_types() const override { return types_; }

 private:
  Body body_;
  NodeSchema schema_;
  std::vector<const PortType*> types_{&PortTraits<Number>::type()};
};

std::shared_ptr<Registry> registry_with(const std::string& type, Lane lane, Probe::Body body) {
  auto registry = fake_registry();
  registry->add_linked({"test.probe", "1", "", true}, [&](Registrar& r) {
    r.add_node(std::make_shared<Probe>(type, lane, std::move(body)));
  });
  return registry;
}

/// Most nodes of `lane` that ran at the same time when eight could.
int most_at_once(Lane lane, int workers) {
  std::atomic<int> now{0};
  std::atomic<int> most{0};
  const auto registry = registry_with("Probe", lane, [&](const NodeCall&) {
    const int running = ++now;
    int seen = most;
    while (running > seen && !most.compare_exchange_weak(seen, running)) {
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
    --now;
    return 0.0;
  });
  GraphBuilder g(*registry);
  for (std::int64_t i = 0; i < 8; ++i) {
    g.add("p" + std::to_string(i), "Probe", {{"tag", i}}).output("p" + std::to_string(i));
  }
  Engine engine(registry, {.workers = workers});
  engine.run(engine.prepare(g.build()));
  return most;
}

TEST(Lanes, RunOneDeviceNodeAtATime) { EXPECT_EQ(most_at_once(Lane::device, 4), 1); }
TEST(Lanes, RunTwoIoNodesAtATime) { EXPECT_EQ(most_at_once(Lane::io, 4), 2); }
TEST(Lanes, RunAsManyCpuNodesAsThereAreWorkers) { EXPECT_EQ(most_at_once(Lane::cpu, 3), 3); }
TEST(Lanes, RunOneNodeAtATimeWithOneWorker) { EXPECT_EQ(most_at_once(Lane::io, 1), 1); }

TEST(Lanes, ShareTheDeviceAmongRunsOfOneEngine) {
  std::atomic<int> now{0};
  std::atomic<bool> overlapped{false};
  const auto registry = registry_with("Probe", Lane::device, [&](const NodeCall&) {
    if (++now > 1) overlapped = true;
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
    --now;
    return 0.0;
  });
  Engine engine(registry, {.workers = 2});
  std::vector<std::jthread> threads;
  for (std::int64_t t = 0; t < 3; ++t) {
    threads.emplace_back([&, t] {
      GraphBuilder g(*registry);
      g.add("p", "Probe", {{"tag", t}}).output("p");
      engine.run(engine.prepare(g.build()));
    });
  }
  threads.clear();
  EXPECT_FALSE(overlapped);
}

TEST(Executor, StartsReadyNodesInPlanOrder) {
  std::vector<std::int64_t> order;
  const auto registry = registry_with("Probe", Lane::cpu, [&](const NodeCall& call) {
    order.push_back(std::get<std::int64_t>(call.params[0]));
    return 0.0;
  });
  GraphBuilder g(*registry);
  for (std::int64_t i = 0; i < 5; ++i) {
    g.add("p" + std::to_string(i), "Probe", {{"tag", i}}).output("p" + std::to_string(i));
  }
  Engine engine(registry, {.workers = 1});
  engine.run(engine.prepare(g.build()));
  EXPECT_EQ(order, (std::vector<std::int64_t>{0, 1, 2, 3, 4}));
}

/// A random graph of `nodes` nodes in which each reads up to three earlier ones.
ResolvedGraph random_graph(const Registry& registry, int nodes, unsigned seed) {
  std::mt19937 random(seed);
  GraphBuilder g(registry);
  g.add("n0", "Constant", {{"value", static_cast<double>(seed % 100)}});
  for (int i = 1; i < nodes; ++i) {
    const auto earlier = [&] { return "n" + std::to_string(random() % static_cast<unsigned>(i)); };
    const std::string id = "n" + std::to_string(i);
    const double offset = static_cast<double>(random() % 1000) / 7;
    if (random() % 8 == 0) {
      g.add(id, "Constant", {{"value", offset}});
    } else {
      g.add(id, "Add", {{"offset", offset}},
            {{"a", {earlier()}}, {"more", {earlier(), earlier()}}});
    }
    if (random() % 10 == 0 || i == nodes - 1) g.output(id);
  }
  return g.build();
}

TEST(Executor, GivesTheSameResultsWithAnyNumberOfWorkers) {
  const auto registry = fake_registry();
  for (unsigned seed = 0; seed < 20; ++seed) {
    const ResolvedGraph graph = random_graph(*registry, 120, seed);
    std::map<std::string, double> expected;
    for (int workers = 1; workers <= 8; ++workers) {
      Engine engine(registry, {.workers = workers});
      const RunResult result = engine.run(engine.prepare(graph));
      std::map<std::string, double> found;
      for (const auto& [name, output] : result.outputs) found[name] = number(result, name);
      if (workers == 1) expected = found;
      ASSERT_EQ(found, expected) << "seed " << seed << ", " << workers << " workers";
    }
  }
}

/// How many values that probes made are alive; each probe also reports the most it saw.
int most_alive(int nodes, bool keep) {
  struct Counts {
    std::mutex mutex;
    std::vector<std::weak_ptr<const void>> values;
    int most = 0;
  };
  auto counts = std::make_shared<Counts>();
  const auto registry = registry_with("Probe", Lane::cpu, [counts](const NodeCall& call) {
    const std::lock_guard lock(counts->mutex);
    for (const Value& value : call.inputs[0]) counts->values.push_back(value.data());
    int alive = 0;
    for (const auto& value : counts->values) alive += value.expired() ? 0 : 1;
    counts->most = std::max(counts->most, alive);
    return 0.0;
  });
  GraphBuilder g(*registry);
  g.add("p0", "Probe");
  for (int i = 1; i < nodes; ++i) {
    g.add("p" + std::to_string(i), "Probe", {{"tag", std::int64_t{i}}},
          {{"in", {"p" + std::to_string(i - 1)}}});
  }
  g.output("p" + std::to_string(nodes - 1));
  Engine engine(registry, {.workers = 2});
  engine.run(engine.prepare(g.build()), {.use_cache = keep});
  return counts->most;
}

TEST(Executor, ReleasesAValueAfterItsLastReader) { EXPECT_EQ(most_alive(20, false), 1); }
TEST(Executor, KeepsCachedValues) { EXPECT_EQ(most_alive(20, true), 19); }

TEST(Executor, RunsADeepChainWithoutDeepRecursion) {
  const auto registry = fake_registry();
  Engine engine(registry, {.workers = 2});
  EXPECT_EQ(number(engine.run(engine.prepare(chain_graph(*registry, 50'000))), "c49999"), 50'000);
}

}  // namespace
}  // namespace calotype::test
