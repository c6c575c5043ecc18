/// What the engine itself costs, with nodes that do next to nothing.
#include <benchmark/benchmark.h>

#include "calotype/engine.h"
#include "support/fake_nodes.h"
#include "support/resolved_graph.h"

namespace calotype::test {
namespace {

/// n - 1 independent nodes that one node adds up.
ResolvedGraph wide_graph(const Registry& registry, int nodes) {
  GraphBuilder g(registry);
  std::vector<std::string> ids;
  for (int i = 0; i + 1 < nodes; ++i) {
    ids.push_back("w" + std::to_string(i));
    g.add(ids.back(), "Constant", {{"value", static_cast<double>(i)}});
  }
  const std::vector<std::string> first{ids.front()};
  return g.add("sum", "Add", {}, {{"a", first}, {"more", ids}}).output("sum").build();
}

void run_all(benchmark::State& state, const ResolvedGraph& graph, Engine& e) {
  const Plan plan = e.prepare(graph);
  for (auto _ : state) {
    state.PauseTiming();
    e.memory().clear();
    state.ResumeTiming();
    benchmark::DoNotOptimize(e.run(plan));
  }
  state.counters["per_node"] = benchmark::Counter(
      static_cast<double>(graph.nodes.size()),
      benchmark::Counter::kIsIterationInvariantRate | benchmark::Counter::kInvert);
}

void chain(benchmark::State& state) {
  const auto registry = fake_registry();
  Engine engine(registry);
  run_all(state, chain_graph(*registry, static_cast<int>(state.range(0))), engine);
}
BENCHMARK(chain)->RangeMultiplier(10)->Range(100, 100'000)->UseRealTime();

void wide(benchmark::State& state) {
  const auto registry = fake_registry();
  Engine engine(registry);
  run_all(state, wide_graph(*registry, static_cast<int>(state.range(0))), engine);
}
BENCHMARK(wide)->RangeMultiplier(10)->Range(100, 100'000)->UseRealTime();

/// Goal: 50 nodes within 125 microseconds, 200 nodes within four times that of 50.
void cached_rerun(benchmark::State& state) {
  const auto registry = fake_registry();
  Engine engine(registry);
  const Plan plan = engine.prepare(chain_graph(*registry, static_cast<int>(state.range(0))));
  engine.run(plan);
  for (auto _ : state) benchmark::DoNotOptimize(engine.run(plan));
}
BENCHMARK(cached_rerun)->Arg(50)->Arg(200);

/// The same, with the keys made afresh as for a request that came in.
void cached_request(benchmark::State& state) {
  const auto registry = fake_registry();
  Engine engine(registry);
  const ResolvedGraph graph = chain_graph(*registry, static_cast<int>(state.range(0)));
  engine.run(engine.prepare(graph));
  for (auto _ : state) benchmark::DoNotOptimize(engine.run(engine.prepare(graph)));
}
BENCHMARK(cached_request)->Arg(50)->Arg(200);

void prepare(benchmark::State& state) {
  const auto registry = fake_registry();
  const Engine engine(registry);
  const ResolvedGraph graph = chain_graph(*registry, static_cast<int>(state.range(0)));
  for (auto _ : state) benchmark::DoNotOptimize(engine.prepare(graph));
}
BENCHMARK(prepare)->Arg(100)->Arg(10'000);

}  // namespace
}  // namespace calotype::test
