#include "calotype/isolated_run.h"

#include <fmt/format.h>
#include <signal.h>

#include <algorithm>
#include <optional>
#include <set>
#include <string>
#include <unordered_map>
#include <utility>

#include "calotype/safetensors.h"
#include "isolate/child_process.h"
#include "isolate/error_message.h"
#include "isolate/run_message.h"
#include "isolate/running_nodes.h"
#include "isolate/temporary_folder.h"
#include "plugin/abi.h"
#include "run/run_stop.h"

namespace calotype {

namespace {

using Clock = MessageChannel::Clock;
using Message = nlohmann::json;

constexpr auto kWorkerStartLimit = std::chrono::seconds(60);

std::filesystem::path worker_program() {
  if (const auto program = calotype_program()) return *program;
  throw Error(ErrorCode::io,
              "there is no worker process: the program calotype is not in the folder bin beside "
              "Calotype's libraries",
              "install Calotype again, or run without isolation");
}

/// Nodes that are made at run time exist in this process alone.
void check_nodes(const ResolvedGraph& graph, const Registry& registry) {
  std::set<std::string> with_library;
  for (const PluginInfo& plugin : registry.plugins()) {
    if (!plugin.library.empty()) with_library.insert(plugin.id);
  }
  std::vector<Diagnostic> problems;
  for (const ResolvedNode& node : graph.nodes) {
    if (with_library.contains(node.schema->plugin)) continue;
    Diagnostic& d = problems.emplace_back(diagnostic_at(node.where));
    d.node = node.id;
    d.what = fmt::format(
        "{} (plugin {}) is part of this program, and a worker process has only "
        "what lies in plugin libraries",
        node.schema->type, node.schema->plugin);
    d.hint = "run without isolation";
  }
  if (!problems.empty()) throw Error(ErrorCode::graph, std::move(problems));
}

/// Two hints as one; either may be empty.
std::string join(const std::string& first, const std::string& second) {
  return first + (first.empty() || second.empty() ? "" : "; ") + second;
}

/// One run, seen from the caller.
class IsolatedRun {
 public:
  IsolatedRun(const ResolvedGraph& graph, Registry& registry, const IsolateOptions& options,
              const RunOptions& run)
      : graph_(graph),
        registry_(registry),
        options_(options),
        run_(run),
        child_(worker_program(), {"worker"}) {}

  RunResult run(const EngineOptions& engine) {
    greet();
    child_.send({{"plugins", plugins_message(registry_)},
                 {"graph", graph_message(graph_)},
                 {"engine", options_message(engine)},
                 {"memory_limit", options_.memory_limit},
                 {"use_cache", run_.use_cache},
                 {"explain", run_.explain},
                 {"folder", folder_.path().string()}});
    for (;;) {
      end_in_time();
      Message message;
      const auto got = child_.receive(message, Clock::now() + std::chrono::milliseconds(20));
      if (got == MessageChannel::Got::end) throw death();
      if (got == MessageChannel::Got::nothing) continue;
      try {
        if (take(message)) return std::move(result_);
      } catch (const Message::exception& e) {
        throw Error(
            ErrorCode::internal,
            std::string("the worker process sent a message that cannot be read: ") + e.what());
      }
    }
  }

 private:
  void greet() {
    Message hello;
    const auto got = child_.receive(hello, Clock::now() + kWorkerStartLimit);
    if (got == MessageChannel::Got::message && hello.is_object() &&
        hello.value("hello", "") == build_identity()) {
      return;
    }
    throw Error(ErrorCode::io,
                got == MessageChannel::Got::nothing
                    ? "the worker process does not start"
                    : fmt::format("the program {} does not belong to this build of Calotype",
                                  quote(worker_program().string())),
                "install Calotype again, or run without isolation");
  }

  /// Asks the worker to stop when it is time to, and kills it when it does not.
  void end_in_time() {
    const auto now = Clock::now();
    if (ending_) {
      if (now < kill_at_) return;
      child_.kill();
      throw *ending_;
    }
    if (run_.stop.stop_requested()) {
      ending_.emplace(ErrorCode::cancelled, "cancelled");
    } else if (options_.timeout.count() > 0 && now >= start_ + options_.timeout) {
      const double seconds = std::chrono::duration<double>(options_.timeout).count();
      ending_.emplace(running_.blame("did not finish",
                                     fmt::format("the time limit of {} s is over", seconds),
                                     join("allow more time", kept_hint())));
    } else {
      return;
    }
    kill_at_ = now + options_.grace;
    child_.send({{"event", "stop"}});
  }

  /// True when the run is done.
  bool take(const Message& message) {
    const auto event = message.at("event").get<std::string>();
    if (event == "done") {
      finish(message);
      return true;
    }
    if (event == "error") {
      const Error error = with_places(error_from(message.at("error")));
      if (error.code() == ErrorCode::cancelled && ending_) throw *ending_;
      throw error;
    }
    if (event == "opening") {
      running_.open_plugin(message.at("plugin").get<std::string>());
    } else if (event == "opened") {
      running_.open_plugin({});
    } else if (event == "run_started") {
      std::vector<const ResolvedNode*> nodes;
      for (const Message& index : message.at("nodes")) nodes.push_back(&node_at(index));
      observe([&](Observer& o) { o.run_started(nodes); });
    } else {
      take_node_event(event, message);
    }
    return false;
  }

  void take_node_event(const std::string& event, const Message& message) {
    const ResolvedNode& node = node_at(message.at("node"));
    if (event == "node_started") {
      running_.start(node);
      observe([&](Observer& o) { o.node_started(node); });
    } else if (event == "node_progress") {
      const Progress progress{message.at("step").get<std::int64_t>(),
                              message.at("steps").get<std::int64_t>()};
      observe([&](Observer& o) { o.node_progress(node, progress); });
    } else if (event == "node_warning") {
      const auto text = message.at("text").get<std::string>();
      observe([&](Observer& o) { o.node_warning(node, text); });
    } else if (event == "node_finished") {
      running_.end(node);
      const NodeReport report = report_from(message.at("report"));
      observe([&](Observer& o) { o.node_finished(node, report); });
    } else if (event == "node_failed") {
      running_.end(node);
      const Error error = with_places(error_from(message.at("error")));
      observe([&](Observer& o) { o.node_failed(node, error); });
    }
  }

  void finish(const Message& message) {
    message.at("seconds").get_to(result_.seconds);
    for (const Message& report : message.at("reports")) {
      result_.nodes.push_back(report_from(report));
    }
    for (const Message& output : message.at("outputs")) {
      result_.outputs[output.at("name").get<std::string>()] =
          OutputValue(output.at("type").get<std::string>(),
                      SafetensorsFile(output.at("file").get<std::string>()).archive(), &registry_);
    }
  }

  const ResolvedNode& node_at(const Message& index) const {
    const auto i = index.get<std::size_t>();
    if (i < graph_.nodes.size()) return graph_.nodes[i];
    throw Error(ErrorCode::internal, "the worker process names a node that the graph has not");
  }

  /// As ObserverCalls: an observer that throws breaks its contract, and the run goes on.
  template <class Call>
  void observe(Call call) {
    if (!run_.observer) return;
    try {
      call(*run_.observer);
      run_.observer->deliver();
    } catch (...) {
    }
  }

  /// The worker knows no source text.
  Error with_places(const Error& error) {
    if (nodes_by_id_.empty()) {
      for (const ResolvedNode& node : graph_.nodes) nodes_by_id_.emplace(node.id, &node);
    }
    std::vector<Diagnostic> all = error.diagnostics();
    for (Diagnostic& d : all) {
      const auto found = nodes_by_id_.find(d.node);
      if (found == nodes_by_id_.end() || d.pos.line > 0) continue;
      const Diagnostic place = diagnostic_at(found->second->where);
      d.file = place.file;
      d.pos = place.pos;
      d.excerpt = place.excerpt;
    }
    return Error(error.code(), std::move(all));
  }

  Error death() {
    // It may live on after it broke the rules of the channel.
    child_.kill();
    const ProcessEnd end = child_.wait();
    if (ending_) return *ending_;
    const std::string how = "the worker process " + to_text(end);
    return running_.blame("failed", how,
                          end.signal == SIGKILL
                              ? "most likely memory ran out: use a smaller width, height or batch"
                              : join(kept_hint(), "tell the author of the plugin"));
  }

  std::string kept_hint() const {
    return run_.use_cache ? "nodes that finished stay in the cache" : "";
  }

  const ResolvedGraph& graph_;
  Registry& registry_;
  const IsolateOptions& options_;
  const RunOptions& run_;
  const TemporaryFolder folder_;
  ChildProcess child_;  // after the folder: it ends before the folder is removed
  const Clock::time_point start_ = Clock::now();
  std::optional<Error> ending_;  ///< why the worker was asked to stop before it was done
  Clock::time_point kill_at_;
  RunningNodes running_{graph_};
  std::unordered_map<std::string, const ResolvedNode*> nodes_by_id_;
  RunResult result_;
};

}  // namespace

RunResult run_isolated(const ResolvedGraph& graph, Registry& registry, const EngineOptions& engine,
                       const IsolateOptions& options, const RunOptions& run) {
  check_nodes(graph, registry);
  const RunStop stop(run.stop);
  if (stop.token().stop_requested()) throw Error(ErrorCode::cancelled, "cancelled");
  RunOptions stoppable = run;
  stoppable.stop = stop.token();
  return IsolatedRun(graph, registry, options, stoppable).run(engine);
}

}  // namespace calotype
