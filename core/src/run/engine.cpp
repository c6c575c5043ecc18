#include "calotype/engine.h"

#include <algorithm>
#include <chrono>
#include <limits>
#include <optional>
#include <thread>
#include <utility>

#include "calotype/machine_memory.h"
#include "run/executor.h"
#include "run/explain.h"
#include "run/file_uses.h"
#include "run/plan_tables.h"
#include "run/run_stop.h"
#include "run/selection.h"
#include "run/worker_pool.h"

namespace calotype {

namespace {

std::size_t half_of_physical_memory() {
  const std::uint64_t bytes = physical_memory();
  return bytes == 0 ? std::size_t{4} << 30 : bytes / 2;
}

EngineOptions completed(EngineOptions options) {
  if (options.host_budget == 0) options.host_budget = half_of_physical_memory();
  if (options.device_budget == 0) options.device_budget = std::numeric_limits<std::size_t>::max();
  if (options.workers <= 0) {
    options.workers = static_cast<int>(std::max(1U, std::thread::hardware_concurrency()));
  }
  return options;
}

std::filesystem::path below(const std::filesystem::path& folder, const char* name) {
  return folder.empty() ? folder : folder / name;
}

}  // namespace

struct Engine::State {
  State(std::shared_ptr<Registry> r, EngineOptions o)
      : registry(std::move(r)),
        options(completed(std::move(o))),
        memory(options.host_budget, options.device_budget),
        digests(below(options.cache_folder, "files.json")),
        explain(below(options.cache_folder, "explain")),
        pool(options.workers - 1) {
    if (!options.cache_folder.empty()) disk.emplace(options.cache_folder, options.disk_budget);
  }

  std::shared_ptr<Registry> registry;
  EngineOptions options;
  MemoryCache memory;
  std::optional<DiskCache> disk;
  FileDigests digests;
  ExplainStore explain;
  DeviceSlot device;
  WorkerPool pool;  // last: its threads end before what they use
};

namespace {

std::vector<NodeReport> blank_reports(const ResolvedGraph& graph) {
  std::vector<NodeReport> reports(graph.nodes.size());
  for (std::size_t i = 0; i < reports.size(); ++i) {
    reports[i].id = graph.nodes[i].id;
    reports[i].type = graph.nodes[i].schema->type;
    reports[i].plugin = graph.nodes[i].schema->plugin;
  }
  return reports;
}

/// Reports nodes that a cache served; nodes that run are reported when they have run.
void report_cached(const PlanTables& plan, const Selection& selection,
                   std::vector<NodeReport>& reports, ObserverCalls& observer) {
  for (std::uint32_t i = 0; i < reports.size(); ++i) {
    if (selection.status[i] == NodeStatus::skipped || selection.status[i] == NodeStatus::ran) {
      continue;
    }
    reports[i].status = selection.status[i];
    for (auto slot = plan.first_output[i]; slot < plan.first_output[i + 1]; ++slot) {
      const MemoryUse use = selection.values[slot].memory();
      reports[i].bytes += use.host + use.device;
      const auto archive = selection.archives.find(slot);
      if (archive == selection.archives.end()) continue;
      for (const ArchiveTensor& t : archive->second.tensors) reports[i].bytes += t.bytes.size();
    }
  }
  if (!observer) return;
  observer([&](Observer& o) {
    std::vector<const ResolvedNode*> active;
    for (std::uint32_t i = 0; i < reports.size(); ++i) {
      if (selection.status[i] != NodeStatus::skipped) active.push_back(&plan.graph.nodes[i]);
    }
    o.run_started(active);
    for (std::uint32_t i = 0; i < reports.size(); ++i) {
      if (reports[i].status != NodeStatus::skipped) {
        o.node_finished(plan.graph.nodes[i], reports[i]);
      }
    }
  });
}

std::map<std::string, OutputValue> collect_outputs(const PlanTables& plan, Selection& selection,
                                                   Registry& registry) {
  std::map<std::string, OutputValue> outputs;
  for (const ResolvedOutput& output : plan.graph.outputs) {
    const std::uint32_t slot = plan.slot(output.from);
    const ResolvedNode& node = plan.graph.nodes[output.from.node];
    const std::string& type = output_type(node, output.from.port);
    const auto archive = selection.archives.find(slot);
    outputs[output.name] = archive == selection.archives.end()
                               ? OutputValue(type, selection.values[slot])
                               : OutputValue(type, archive->second, &registry);
  }
  return outputs;
}

}  // namespace

Engine::Engine(std::shared_ptr<Registry> registry, EngineOptions options)
    : state_(std::make_unique<State>(std::move(registry), std::move(options))) {}
Engine::~Engine() = default;

Plan Engine::prepare(ResolvedGraph graph, const std::stop_token& asked) const {
  auto plan = std::make_unique<Plan::State>();
  plan->graph = std::move(graph);
  plan->environment = state_->options.environment;
  // Before files are digested, which may take long.
  list_schemas(*plan);
  for (const NodeSchema* schema : plan->schemas) {
    plan->types.push_back(state_->registry->open_node(*schema));
  }
  const RunStop stop(asked);
  try {
    digest_files(*plan, state_->digests, stop.token());
  } catch (...) {
    state_->digests.save();  // what was read before need not be read again
    throw;
  }
  state_->digests.save();
  build_plan_tables(*plan);
  return Plan(std::move(plan));
}

RunResult Engine::run(const Plan& plan, const RunOptions& options) {
  const auto start = std::chrono::steady_clock::now();
  const PlanTables& tables = *plan.state_;
  Caches caches;
  if (options.use_cache) caches = {&state_->memory, disk()};
  if (options.explain) state_->explain.use();

  const RunStop stop(options.stop);
  const InsideRun inside(EnclosingRun::current().with_stop(stop.token()));
  RunResult result;
  result.nodes = blank_reports(tables.graph);
  ObserverCalls observer(options.observer);
  Selection selection = select(tables, *state_->registry, caches, stop.token());
  report_cached(tables, selection, result.nodes, observer);
  const auto remember = [&] {
    if (options.explain) state_->explain.explain(tables, result.nodes, options.use_cache);
    if (options.use_cache && state_->explain.is_used()) {
      state_->explain.update(tables, result.nodes);
    }
  };
  try {
    std::optional<DiskWriter> writer;
    if (caches.disk) writer.emplace(*caches.disk);
    execute({tables, selection, *state_->registry, caches.memory, state_->memory,
             writer ? &*writer : nullptr, observer, state_->pool, state_->device,
             state_->options.workers, stop.source(), result.nodes});
  } catch (...) {
    remember();
    throw;
  }
  remember();
  result.outputs = collect_outputs(tables, selection, *state_->registry);
  result.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  return result;
}

std::vector<NodeReport> Engine::explain(const Plan& plan) const {
  const PlanTables& tables = *plan.state_;
  const Selection selection = select(tables, *state_->registry, {&state_->memory, disk()}, {});
  std::vector<NodeReport> reports = blank_reports(tables.graph);
  for (std::size_t i = 0; i < reports.size(); ++i) reports[i].status = selection.status[i];
  state_->explain.use();
  state_->explain.explain(tables, reports, true);
  return reports;
}

Registry& Engine::registry() const { return *state_->registry; }
MemoryCache& Engine::memory() const { return state_->memory; }
DiskCache* Engine::disk() const { return state_->disk ? &*state_->disk : nullptr; }

}  // namespace calotype
