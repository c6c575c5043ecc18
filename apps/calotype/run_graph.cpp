#include "run_graph.h"

#include <fmt/format.h>
#include <unistd.h>

#include <chrono>
#include <utility>

#include "calotype/atomic_file.h"
#include "calotype/cache.h"
#include "calotype/crash_report.h"
#include "calotype/error.h"
#include "calotype/graph_json.h"
#include "calotype/isolated_run.h"
#include "calotype/provenance.h"
#include "graph_source.h"
#include "output_writer.h"
#include "progress_printer.h"
#include "run_report.h"

namespace calotype::cli {

namespace fs = std::filesystem;

namespace {

/// Adds `--seed N`: the graph input `seed`, or else the seed parameter of every node that has one.
void add_seed(const Graph& graph, const Registry& registry, std::uint64_t seed,
              GraphSettings& settings) {
  for (const GraphInput& input : graph.inputs) {
    if (input.name == "seed") {
      settings.set.emplace_back("seed", seed);
      return;
    }
  }
  bool found = false;
  for (const GraphNode& node : graph.nodes) {
    const NodeSchema* schema = registry.schema(node.type);
    if (!schema) continue;
    for (const ParamSchema& param : schema->params) {
      if (!param.seed) continue;
      settings.set.emplace_back(node.id + "." + param.name, seed);
      found = true;
    }
  }
  if (!found) {
    throw Error(ErrorCode::graph, "--seed: the graph has no input and no parameter for a seed");
  }
}

/// Reads each `--output NAME=FILE`; NAME is an output of the graph or any "node.port".
OutputFiles parse_outputs(const Graph& graph, const std::vector<std::string>& texts,
                          GraphSettings& settings) {
  OutputFiles files;
  for (const std::string& text : texts) {
    const std::size_t equals = text.find('=');
    if (equals == std::string::npos || equals == 0 || equals + 1 == text.size()) {
      throw Error(ErrorCode::graph, "--output " + quote(text) + ": expected NODE.PORT=FILE",
                  "for example --output decode.image=picture.png");
    }
    const std::string name = text.substr(0, equals);
    std::string port = name;
    for (const GraphOutput& output : graph.outputs) {
      if (output.name == name) port = output.from.node + "." + output.from.port;
    }
    settings.outputs.emplace_back(name, port);
    files[name] = text.substr(equals + 1);
  }
  settings.keep_graph_outputs = texts.empty();
  return files;
}

const std::string& type_of(const ResolvedGraph& graph, const ResolvedOutput& output) {
  return output_type(graph.nodes[output.from.node], output.from.port);
}

void print_explanations(const RunResult& result) {
  for (const NodeReport& node : result.nodes) {
    fmt::print("{}: {}{}{}\n", node.id, to_text(node.status), node.reason.empty() ? "" : ", ",
               node.reason);
  }
}

/// The file of each output. Throws Error(graph) when an ending does not fit.
OutputFiles files_of(const ResolvedGraph& graph, const std::string& graph_file, OutputFiles named,
                     OutputFiles& chosen) {
  for (const ResolvedOutput& output : graph.outputs) {
    const std::string& type = type_of(graph, output);
    if (!named.contains(output.name)) {
      fs::path& file = chosen[output.name];
      if (file.empty()) file = default_output_file(graph_file, output.name, type);
      named[output.name] = file;
    }
    check_output_file(named[output.name], type);
  }
  return named;
}

/// A file that cannot be read before anything runs is a wrong command, not a failed run.
Plan prepare(const Engine& engine, ResolvedGraph graph) {
  try {
    return engine.prepare(std::move(graph));
  } catch (const Error& error) {
    if (error.code() == ErrorCode::io) throw Error(ErrorCode::graph, error.diagnostics());
    throw;
  }
}

RunResult compute(const RunArguments& arguments, Engine& engine, const EngineOptions& options,
                  const Plan& plan, RunOptions run_options) {
  if (arguments.isolate) {
    IsolateOptions isolate;
    isolate.timeout =
        std::chrono::milliseconds(static_cast<std::int64_t>(1000 * arguments.timeout));
    isolate.memory_limit = arguments.memory_limit << 20;
    return run_isolated(plan.graph(), engine.registry(), options, isolate, run_options);
  }
  CrashReport crash_report(run_options.observer);
  run_options.observer = &crash_report;
  RunResult result = engine.run(plan, run_options);
  if (engine.disk()) {
    for (const std::string& text : engine.disk()->take_warnings())
      fmt::print(stderr, "warning: {}\n", text);
  }
  return result;
}

}  // namespace

void run_graph(const RunArguments& arguments, const GlobalOptions& options, const Session& session,
               std::stop_token stop, OutputFiles& chosen) {
  const Graph graph = load_graph(arguments.graph);
  GraphSettings settings;
  for (const std::string& text : arguments.set) settings.set.push_back(parse_setting(text));
  if (arguments.seed) add_seed(graph, *session.registry(), *arguments.seed, settings);
  OutputFiles named = parse_outputs(graph, arguments.output, settings);
  ResolvedGraph resolved = validate_graph(graph, session, settings);
  const OutputFiles files = files_of(resolved, arguments.graph, std::move(named), chosen);

  const bool use_cache = !arguments.no_cache && cache_is_on();
  const EngineOptions engine_options = session.engine_options(use_cache);
  Engine engine(session.registry(), engine_options);
  const Plan plan = prepare(engine, std::move(resolved));
  if (arguments.dry_run) {
    for (const ResolvedNode& node : plan.graph().nodes)
      fmt::print("{}: {}\n", node.id, node.schema->type);
    return;
  }

  ProgressPrinter printer(stderr, isatty(STDERR_FILENO) != 0);
  RunOptions run_options;
  run_options.use_cache = use_cache;
  run_options.explain = arguments.explain || !arguments.report.empty();
  run_options.stop = std::move(stop);
  if (!options.quiet) run_options.observer = &printer;
  const RunResult result = compute(arguments, engine, engine_options, plan, run_options);

  FileDigests digests(use_cache ? session.cache_folder() / "files.json" : fs::path());
  const auto provenance = provenance_of(plan.graph(), digests, torch_version());
  RunReport report{arguments.graph, &result, {}};
  for (const auto& [name, value] : result.outputs) {
    for (const fs::path& file : write_output(value, files.at(name), provenance)) {
      fmt::print("{}\n", file.string());
      report.outputs[name].push_back(file.string());
    }
  }
  if (arguments.explain) print_explanations(result);
  if (!arguments.report.empty()) {
    AtomicFile out(arguments.report);
    out.write(to_json(report));
    out.commit();
  }
}

}  // namespace calotype::cli
