#include "run/executor.h"

#include <algorithm>
#include <array>
#include <chrono>
#include <condition_variable>
#include <functional>
#include <memory>
#include <optional>
#include <queue>
#include <utility>

#include "calotype/provenance.h"
#include "run/file_sources.h"
#include "run/file_uses.h"
#include "run/run_error.h"

namespace calotype {

namespace {

using Clock = std::chrono::steady_clock;
using Index = std::uint32_t;

/// Buffers of one thread, reused from node to node.
struct Scratch {
  std::vector<std::vector<Value>> inputs;
  std::vector<Value> results;
  std::vector<Value> released;  ///< freed outside the lock
};

/// Holds the device while a node runs on it. Null: the node needs no device.
class DeviceTurn {
 public:
  DeviceTurn(DeviceSlot* slot, const std::stop_token& stop) : slot_(slot) {
    if (slot_ && !slot_->acquire(stop)) throw Error(ErrorCode::cancelled, "cancelled");
  }
  DeviceTurn(const DeviceTurn&) = delete;
  DeviceTurn& operator=(const DeviceTurn&) = delete;
  ~DeviceTurn() {
    if (slot_) slot_->release();
  }

 private:
  DeviceSlot* slot_;
};

/// Nodes of one lane: those that may start, first in plan order first, and how many run.
struct LaneState {
  std::priority_queue<Index, std::vector<Index>, std::greater<>> ready;
  int running = 0;
  int capacity = 1;
  bool has_room() const { return running < capacity; }
};

/// Shared with jobs in the pool, which may start after the run has ended.
class Execution : public std::enable_shared_from_this<Execution> {
 public:
  explicit Execution(const ExecutionSetup& setup)
      : setup_(setup), plan_(setup.plan), values_(setup.selection.values), stop_(setup.stop) {
    prepare_lanes();
    prepare_counts();
    open_node_types();
    files_.emplace(plan_, setup_.registry);
  }

  void run() {
    Scratch scratch;
    std::unique_lock lock(mutex_);
    for (;;) {
      work(lock, scratch);
      if (helpers_ == 0 && !any_ready()) break;
      caller_waits_ = true;
      wake_caller_.wait(lock, [&] { return any_ready() || helpers_ == 0; });
      caller_waits_ = false;
    }
    closed_ = true;
    lock.unlock();
    if (error_) throw *error_;
    if (unfinished_ > 0) throw Error(ErrorCode::cancelled, "cancelled");
  }

 private:
  void prepare_lanes() {
    lane(Lane::cpu).capacity = setup_.workers;
    lane(Lane::io).capacity = 2;
    lane(Lane::device).capacity = 1;
  }

  /// Counts, for each node, the links it waits for, and for each value, the readers to come.
  void prepare_counts() {
    waits_for_.assign(plan_.graph.nodes.size(), 0);
    readers_.assign(plan_.slots(), 0);
    stale_.assign(plan_.graph.nodes.size(), 0);
    const auto& status = setup_.selection.status;
    unfinished_ = setup_.selection.to_run.size();
    for (const Index i : setup_.selection.to_run) {
      for (const auto& links : plan_.graph.nodes[i].inputs) {
        for (const ResolvedLink& link : links) {
          ++readers_[plan_.slot(link)];
          if (status[link.node] == NodeStatus::ran) ++waits_for_[i];
        }
      }
      if (waits_for_[i] == 0) lane_of(i).ready.push(i);
    }
    for (const ResolvedOutput& output : plan_.graph.outputs) ++readers_[plan_.slot(output.from)];
  }

  /// Opens plugins before anything runs, so that a missing one costs no work.
  void open_node_types() {
    types_.resize(plan_.schemas.size());
    for (const Index i : setup_.selection.to_run) {
      std::shared_ptr<const NodeType>& type = types_[plan_.schema_of[i]];
      if (!type) type = plan_.types[plan_.schema_of[i]];
      if (!type) type = setup_.registry.node(*plan_.graph.nodes[i].schema);
    }
  }

  LaneState& lane(Lane l) { return lanes_[static_cast<std::size_t>(l)]; }
  LaneState& lane_of(Index i) { return lane(plan_.graph.nodes[i].schema->lane); }

  bool any_ready() const {
    if (stop_.stop_requested()) return false;
    for (const LaneState& l : lanes_) {
      if (!l.ready.empty() && l.has_room()) return true;
    }
    return false;
  }

  /// The first ready node in plan order whose lane has room.
  std::optional<Index> take() {
    if (stop_.stop_requested()) return {};
    LaneState* best = nullptr;
    for (LaneState& l : lanes_) {
      if (l.ready.empty() || !l.has_room()) continue;
      if (!best || l.ready.top() < best->ready.top()) best = &l;
    }
    if (!best) return {};
    const Index i = best->ready.top();
    best->ready.pop();
    ++best->running;
    return i;
  }

  void work(std::unique_lock<std::mutex>& lock, Scratch& scratch) {
    std::optional<Index> next = take();
    while (next) {
      if (any_ready()) ask_for_help();
      lock.unlock();
      scratch.released.clear();
      const bool succeeded = run_node(*next, scratch);
      lock.lock();
      next = finish(*next, succeeded, scratch);
    }
    lock.unlock();
    scratch.released.clear();
    lock.lock();
  }

  void ask_for_help() {
    if (caller_waits_) wake_caller_.notify_one();
    if (help_is_coming_ || helpers_ >= setup_.workers - 1) return;
    help_is_coming_ = setup_.pool.submit([self = shared_from_this()] { self->help(); });
  }

  void help() {
    Scratch scratch;
    std::unique_lock lock(mutex_);
    if (closed_) return;
    help_is_coming_ = false;
    ++helpers_;
    work(lock, scratch);
    if (--helpers_ == 0 || any_ready()) wake_caller_.notify_one();
  }

  void gather(Index i, std::vector<std::vector<Value>>& inputs) const {
    const auto& ports = plan_.graph.nodes[i].inputs;
    inputs.resize(ports.size());
    for (std::size_t p = 0; p < ports.size(); ++p) {
      for (const ResolvedLink& link : ports[p]) inputs[p].push_back(values_[plan_.slot(link)]);
    }
  }

  RunContext context_for(Index i) {
    const ResolvedNode& node = plan_.graph.nodes[i];
    RunContext::Answers answers;
    answers.find_type = [this](std::string_view name) {
      return setup_.registry.find_port_type(name);
    };
    answers.provenance = [this](std::string_view torch_version) {
      return provenance_of(plan_.graph, file_digests(plan_), torch_version);
    };
    answers.on_warning = [this, i](const std::string& text) { warn(i, text); };
    if (!setup_.observer) return {stop_.get_token(), std::move(answers)};
    answers.on_progress = [this, &node](const Progress& p) {
      setup_.observer([&](Observer& o) { o.node_progress(node, p); });
    };
    return {stop_.get_token(), std::move(answers)};
  }

  void warn(Index i, const std::string& text) {
    {
      const std::lock_guard lock(mutex_);
      setup_.reports[i].warnings.push_back(text);
    }
    setup_.observer([&](Observer& o) { o.node_warning(plan_.graph.nodes[i], text); });
  }

  /// Runs the node; once more with what the memory cache held, when there is not enough memory.
  std::vector<Value> results_of(Index i, const Scratch& scratch, RunContext& context) {
    const NodeType& type = *types_[plan_.schema_of[i]];
    const NodeCall call{scratch.inputs, plan_.params_to_run(i), context};
    try {
      return type.run(call);
    } catch (const OutOfMemory&) {
      if (setup_.held.size() == 0) throw;
    }
    context.warn("out of memory: what the cache held in memory is let go, and the node runs again");
    setup_.held.clear();
    return type.run(call);
  }

  /// True when the results are in `scratch`.
  bool run_node(Index i, Scratch& scratch) {
    const ResolvedNode& node = plan_.graph.nodes[i];
    std::exception_ptr failure;
    double seconds = 0;
    try {
      gather(i, scratch.inputs);
      const DeviceTurn turn(node.schema->lane == Lane::device ? &setup_.device : nullptr,
                            stop_.get_token());
      setup_.observer([&](Observer& o) { o.node_started(node); });
      RunContext context = context_for(i);
      const auto start = Clock::now();
      scratch.results = results_of(i, scratch, context);
      seconds = std::chrono::duration<double>(Clock::now() - start).count();
      check_results(node, scratch.results);
      check_files(i, context);
    } catch (...) {
      failure = std::current_exception();
    }
    try {
      if (!failure) keep(i, seconds, scratch);
    } catch (...) {
      failure = std::current_exception();
    }
    if (failure) fail(node_error(node, scratch.inputs, failure), node);
    for (auto& values : scratch.inputs) values.clear();
    if (failure) scratch.results.clear();
    return !failure;
  }

  static void check_results(const ResolvedNode& node, const std::vector<Value>& results) {
    const auto& ports = node.schema->outputs;
    bool fits = results.size() == ports.size();
    for (std::size_t p = 0; fits && p < ports.size(); ++p) {
      fits =
          results[p] && results[p].type()->name == output_type(node, static_cast<std::uint32_t>(p));
    }
    if (!fits) throw Error(ErrorCode::internal, "it did not return the outputs that it declares");
  }

  /// What was made from a file that changed meanwhile has no key. A model that was opened from it
  /// may hold some of both, so nobody gets that any more.
  void check_files(Index i, const RunContext& context) {
    if (!plan_.cacheable[i] || stale_[i]) return;
    const std::optional<ChangedFile> file = files_->changed(i);
    if (!file) return;
    stale_[i] = 1;
    const Index end = plan_.first_output[file->node + 1];
    for (Index slot = plan_.first_output[file->node]; setup_.memory && slot < end; ++slot) {
      setup_.memory->remove(plan_.output_keys[slot]);
    }
    context.warn(quote(file->path) +
                 " changed while it was used: nothing that was made from it is kept in the cache");
  }

  void keep(Index i, double seconds, const Scratch& scratch) {
    const ResolvedNode& node = plan_.graph.nodes[i];
    NodeReport& report = setup_.reports[i];
    report.status = NodeStatus::ran;
    report.seconds = seconds;
    for (std::size_t p = 0; p < scratch.results.size(); ++p) {
      const Value& value = scratch.results[p];
      const MemoryUse use = value.memory();
      report.bytes += use.host + use.device;
      if (!plan_.cacheable[i] || stale_[i]) continue;
      const Hash128& key = plan_.output_keys[plan_.first_output[i] + p];
      if (setup_.memory) setup_.memory->put(key, value);
      if (setup_.disk) {
        setup_.disk->add(
            key,
            {value.type()->name, value.type()->version, node.schema->type, node.schema->version},
            value);
      }
    }
    setup_.observer([&](Observer& o) { o.node_finished(node, report); });
  }

  void fail(const Error& error, const ResolvedNode& node) {
    if (error.code() != ErrorCode::cancelled) {
      setup_.observer([&](Observer& o) { o.node_failed(node, error); });
      const std::lock_guard lock(mutex_);
      if (!error_) error_.emplace(error);
    }
    stop_.request_stop();
  }

  /// Hands the results on, and picks what this thread runs next: a node that became ready just
  /// now when there is one, because its inputs are still warm and nobody else must be woken.
  std::optional<Index> finish(Index i, bool succeeded, Scratch& scratch) {
    --lane_of(i).running;
    if (!succeeded) return take();
    --unfinished_;
    for (std::size_t p = 0; p < scratch.results.size(); ++p) {
      const Index slot = plan_.first_output[i] + static_cast<Index>(p);
      if (readers_[slot] > 0) {
        values_[slot] = std::move(scratch.results[p]);
      } else {
        scratch.released.push_back(std::move(scratch.results[p]));
      }
    }
    for (const auto& links : plan_.graph.nodes[i].inputs) {
      for (const ResolvedLink& link : links) {
        const Index slot = plan_.slot(link);
        if (--readers_[slot] == 0) scratch.released.push_back(std::move(values_[slot]));
      }
    }
    return start_successor(i);
  }

  std::optional<Index> start_successor(Index i) {
    std::optional<Index> next;
    for (Index c = plan_.first_consumer[i]; c < plan_.first_consumer[i + 1]; ++c) {
      const Index reader = plan_.consumers[c];
      if (stale_[i]) stale_[reader] = 1;
      if (waits_for_[reader] == 0 || --waits_for_[reader] > 0) continue;
      LaneState& l = lane_of(reader);
      if (!next && l.has_room() && !stop_.stop_requested()) {
        next = reader;
        ++l.running;
      } else {
        l.ready.push(reader);
      }
    }
    return next ? next : take();
  }

  const ExecutionSetup setup_;
  const PlanTables& plan_;
  std::vector<Value>& values_;
  std::vector<std::shared_ptr<const NodeType>> types_;  ///< per schema of the plan
  std::stop_source stop_;
  std::optional<FileSources> files_;
  /// Per node: 1 when a file that it was made from changed. Its own thread's while it runs.
  std::vector<std::uint8_t> stale_;

  std::mutex mutex_;  ///< guards all below
  std::condition_variable wake_caller_;
  std::array<LaneState, 3> lanes_;
  std::vector<Index> waits_for_;
  std::vector<Index> readers_;
  std::size_t unfinished_ = 0;
  int helpers_ = 0;
  bool help_is_coming_ = false;
  bool caller_waits_ = false;
  bool closed_ = false;
  std::optional<Error> error_;
};

}  // namespace

void execute(const ExecutionSetup& setup) {
  if (setup.selection.to_run.empty()) return;
  std::make_shared<Execution>(setup)->run();
}

}  // namespace calotype
