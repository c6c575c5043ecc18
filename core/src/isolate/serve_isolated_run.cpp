#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <exception>
#include <filesystem>
#include <memory>
#include <mutex>
#include <new>
#include <string>
#include <utility>
#include <vector>

#include "calotype/child_commands.h"
#include "calotype/engine.h"
#include "calotype/plugin.h"
#include "calotype/safetensors.h"
#include "calotype/schema_json.h"
#include "calotype/value_io.h"
#include "isolate/child_process.h"
#include "isolate/error_message.h"
#include "isolate/run_message.h"
#include "isolate/worker_guard.h"
#include "plugin/abi.h"
#include "plugin/plugin_error.h"
#include "plugin/trusted_file.h"

namespace calotype {

namespace {

using Message = nlohmann::json;

/// Results of nodes that finished, which should reach the disk cache before the process dies.
class FinishedResults {
 public:
  void add(const Hash128& key) {
    const std::lock_guard lock(mutex_);
    keys_.push_back(key);
  }
  void watch(const DiskCache* disk) {
    const std::lock_guard lock(mutex_);
    disk_ = disk;
  }
  bool are_written() {
    const std::lock_guard lock(mutex_);
    return !disk_ || std::all_of(keys_.begin(), keys_.end(),
                                 [&](const auto& k) { return disk_->contains(k); });
  }

 private:
  std::mutex mutex_;
  std::vector<Hash128> keys_;
  const DiskCache* disk_ = nullptr;
};

/// Sends what happens to the caller.
class SendingObserver final : public Observer {
 public:
  SendingObserver(MessageChannel& caller, const Plan& plan, const Registry& registry,
                  FinishedResults& finished)
      : caller_(caller), plan_(plan), registry_(registry), finished_(finished) {}

  void run_started(const std::vector<const ResolvedNode*>& nodes) override {
    Message all = Message::array();
    for (const ResolvedNode* node : nodes) all.push_back(index(*node));
    caller_.send({{"event", "run_started"}, {"nodes", std::move(all)}});
  }
  void node_started(const ResolvedNode& node) override {
    caller_.send({{"event", "node_started"}, {"node", index(node)}});
  }
  void node_progress(const ResolvedNode& node, const Progress& progress) override {
    caller_.send({{"event", "node_progress"},
                  {"node", index(node)},
                  {"step", progress.step},
                  {"steps", progress.steps}});
  }
  void node_warning(const ResolvedNode& node, const std::string& text) override {
    caller_.send({{"event", "node_warning"}, {"node", index(node)}, {"text", text}});
  }
  void node_finished(const ResolvedNode& node, const NodeReport& report) override {
    if (report.status == NodeStatus::ran && !node.schema->impure) note_results(node);
    caller_.send(
        {{"event", "node_finished"}, {"node", index(node)}, {"report", report_message(report)}});
  }
  void node_failed(const ResolvedNode& node, const Error& error) override {
    caller_.send(
        {{"event", "node_failed"}, {"node", index(node)}, {"error", error_message(error)}});
  }

 private:
  /// Nodes lie in the plan's vector.
  std::uint32_t index(const ResolvedNode& node) const {
    return static_cast<std::uint32_t>(&node - plan_.graph().nodes.data());
  }

  void note_results(const ResolvedNode& node) {
    for (std::uint32_t port = 0; port < node.schema->outputs.size(); ++port) {
      const PortType* type = registry_.port_type(output_type(node, port));
      if (type && can_save(*type)) finished_.add(plan_.key(index(node), port));
    }
  }

  MessageChannel& caller_;
  const Plan& plan_;
  const Registry& registry_;
  FinishedResults& finished_;
};

/// What the plugin declares now, as the caller lists it: with the library's digest as the code of
/// its nodes where the caller's list has that.
std::string declared_now(const std::string& library, const std::string& listed) {
  Registry fresh;
  load_plugin(fresh, library);
  std::vector<const NodeSchema*> schemas = fresh.schemas();
  const std::vector<NodeSchema> known = schemas_from_json(listed);
  if (known.empty() || known.front().code.empty()) return schemas_to_json(schemas);
  const std::string digest = TrustedFile(library).digest();
  std::vector<NodeSchema> with_code;
  for (const NodeSchema* schema : schemas) with_code.push_back(*schema);
  for (std::size_t i = 0; i < schemas.size(); ++i) {
    with_code[i].code = digest;
    schemas[i] = &with_code[i];
  }
  return schemas_to_json(schemas);
}

/// Opens a plugin that the caller knows; refuses one that declares something else by now.
void open_for_caller(Registry& registry, const Message& plugin, MessageChannel& caller) {
  const auto library = plugin.at("library").get<std::string>();
  caller.send({{"event", "opening"}, {"plugin", plugin.at("id")}});
  const auto listed = plugin.at("schemas").get<std::string>();
  if (declared_now(library, listed) != listed) {
    throw plugin_error(library, "the library changed after its nodes were listed",
                       "start the program again");
  }
  load_plugin(registry, library);
  caller.send({{"event", "opened"}});
}

void make_plugins_known(Registry& registry, const Message& plugins, MessageChannel& caller) {
  for (const Message& plugin : plugins) {
    const PluginInfo info{plugin.at("id").get<std::string>(),
                          plugin.at("version").get<std::string>(),
                          plugin.at("library").get<std::string>(), false};
    registry.commit_lazy(info, schemas_from_json(plugin.at("schemas").get<std::string>()),
                         [&] { open_for_caller(registry, plugin, caller); });
  }
}

/// What is known before anything runs is not computed in vain.
void check_outputs(const Plan& plan, Registry& registry, const DiskCache* disk) {
  const auto unsaveable = unsaveable_outputs(plan.graph(), registry, [&](const ResolvedLink& from) {
    return disk && disk->contains(plan.key(from.node, from.port));
  });
  if (unsaveable.empty()) return;
  const ResolvedOutput& output = unsaveable.front();
  throw Error(ErrorCode::graph,
              "output " + quote(output.name) + ": values of type " +
                  output_type(plan.graph().nodes[output.from.node], output.from.port) +
                  " cannot be saved, so a worker process cannot hand them over",
              "choose an output of a type such as Image or Latent, or run without isolation");
}

Message save_outputs(const RunResult& result, const std::filesystem::path& folder) {
  Message outputs = Message::array();
  for (const auto& [name, output] : result.outputs) {
    const std::string file = (folder / (std::to_string(outputs.size()) + ".safetensors")).string();
    write_safetensors(file, output.archive());
    outputs.push_back({{"name", name}, {"type", output.port_type()}, {"file", file}});
  }
  return outputs;
}

void serve(const Message& request, MessageChannel& caller) {
  FinishedResults finished;
  const WorkerGuard guard(caller, [&] { return finished.are_written(); });
  const auto registry = std::make_shared<Registry>();
  make_plugins_known(*registry, request.at("plugins"), caller);
  EngineOptions options = options_from(request.at("engine"));
  const auto limit = request.at("memory_limit").get<std::uint64_t>();
  if (limit > 0 && options.host_budget == 0) options.host_budget = limit / 2;
  // Never destroyed: the process ends without waiting for threads that a plugin left.
  auto& engine = *new Engine(registry, options);
  const bool use_cache = request.at("use_cache").get<bool>();
  if (use_cache) finished.watch(engine.disk());
  const Plan plan = engine.prepare(graph_from(request.at("graph"), *registry), guard.stop());
  check_outputs(plan, *registry, use_cache ? engine.disk() : nullptr);
  SendingObserver observer(caller, plan, *registry, finished);
  const RunResult result = engine.run(plan, {.use_cache = use_cache,
                                             .explain = request.at("explain").get<bool>(),
                                             .stop = guard.stop(),
                                             .observer = &observer});
  if (engine.disk()) {
    for (const std::string& text : engine.disk()->take_warnings()) {
      std::fprintf(stderr, "warning: %s\n", text.c_str());
    }
  }
  Message reports = Message::array();
  for (const NodeReport& report : result.nodes) reports.push_back(report_message(report));
  caller.send({{"event", "done"},
               {"seconds", result.seconds},
               {"reports", std::move(reports)},
               {"outputs", save_outputs(result, request.at("folder").get<std::string>())}});
  // Not exit(): threads and static objects of plugins must not get a say.
  ::_exit(0);
}

/// What the caller is told of anything that was thrown outside a node.
Error failure(const std::exception_ptr& cause, bool memory_is_limited) {
  try {
    std::rethrow_exception(cause);
  } catch (const Error& error) {
    return error;
  } catch (const std::bad_alloc&) {
    return Error(ErrorCode::run, "out of memory", "make the picture or the batch smaller");
  } catch (const std::exception& error) {
    // A thread that cannot start says so without mentioning memory.
    return Error(memory_is_limited ? ErrorCode::run : ErrorCode::internal,
                 std::string("the worker process cannot go on: ") + error.what(),
                 memory_is_limited ? "raise the memory limit" : "");
  }
}

}  // namespace

void serve_isolated_run() {
  die_with_parent();
  MessageChannel caller(kChildSocket);
  if (!caller.send({{"hello", build_identity()}})) ::_exit(2);
  Message request;
  const auto until = MessageChannel::Clock::now() + std::chrono::minutes(1);
  if (caller.receive(request, until) != MessageChannel::Got::message) ::_exit(2);
  bool memory_is_limited = false;
  try {
    const auto limit = request.at("memory_limit").get<std::uint64_t>();
    memory_is_limited = limit > 0;
    if (memory_is_limited) limit_memory(limit);
    serve(request, caller);
  } catch (...) {
    const Error error = failure(std::current_exception(), memory_is_limited);
    caller.send({{"event", "error"}, {"error", error_message(error)}});
  }
  ::_exit(1);
}

}  // namespace calotype
