/// Reading and validating graphs of 100 to 100,000 nodes. Time per node should not grow.
#include <benchmark/benchmark.h>

#include <string>

#include "calotype/graph_json.h"
#include "calotype/validate.h"
#include "support/fake_nodes.h"

namespace {

using namespace calotype;

/// A chain in which every node has two links and a parameter.
std::string chain(std::int64_t nodes) {
  std::string text = "{\"calotype\":1,\"nodes\":{\n\"n0\":{\"type\":\"Constant\"}";
  std::string last = "n0.number";
  for (std::int64_t i = 1; i < nodes; ++i) {
    const std::string id = "n" + std::to_string(i);
    text += ",\n\"" + id + "\":{\"type\":\"Add\",\"in\":{\"a\":\"" + last +
            "\",\"b\":\"n0.number\"},\"params\":{\"offset\":0.5}}";
    last = id + ".sum";
  }
  return text + "},\n\"outputs\":{\"sum\":\"" + last + "\"}}";
}

void parse(benchmark::State& state) {
  const std::string text = chain(state.range(0));
  for (auto _ : state) benchmark::DoNotOptimize(parse_graph(text, "chain.json"));
  state.SetItemsProcessed(state.iterations() * state.range(0));
  state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(text.size()));
}

void validate_chain(benchmark::State& state) {
  const auto registry = test::fake_registry();
  const Graph graph = parse_graph(chain(state.range(0)), "chain.json");
  for (auto _ : state) benchmark::DoNotOptimize(validate(graph, *registry));
  state.SetItemsProcessed(state.iterations() * state.range(0));
}

BENCHMARK(parse)->RangeMultiplier(10)->Range(100, 100'000)->Unit(benchmark::kMicrosecond);
BENCHMARK(validate_chain)->RangeMultiplier(10)->Range(100, 100'000)->Unit(benchmark::kMicrosecond);

}  // namespace
