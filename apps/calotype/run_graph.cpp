#include "run_graph.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <chrono>
#include <optional>
#include <utility>

#include "calotype/cache.h"
#include "calotype/crash_report.h"
#include "calotype/error.h"
#include "calotype/isolated_run.h"
#include "calotype/provenance.h"
#include "changed_files.h"
#include "graph_source.h"
#include "output_files.h"
#include "output_writer.h"
#include "progress_printer.h"
#include "run_report.h"

namespace calotype::cli {

namespace fs = std::filesystem;

namespace {

/// What `--set` takes for a seed; said before nodes are named that the user did not name.
void check_seed(const std::string& text) {
  if (text == "random") return;
  std::uint64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error == std::errc() && end == text.data() + text.size()) return;
  throw Error(ErrorCode::graph, fmt::format("--seed: expected {} or \"random\", got {}",
                                            to_text(ParamKind::unsigned_integer), quote(text)));
}

/// Adds `--seed N`: the graph input `seed`, or else the seed parameter of every node that has one.
void add_seed(const Graph& graph, const std::string& seed, GraphSettings& settings) {
  check_seed(seed);
  const bool has_input = std::any_of(graph.inputs.begin(), graph.inputs.end(),
                                     [](const GraphInput& input) { return input.name == "seed"; });
  if (has_input) {
    settings.set.emplace_back("seed", seed);
  } else {
    settings.seed = seed;
  }
}

/// "node.param" -> number, those that were drawn too.
std::map<std::string, std::uint64_t> seeds_of(const ResolvedGraph& graph) {
  std::map<std::string, std::uint64_t> seeds;
  for (const ResolvedNode& node : graph.nodes) {
    for (std::size_t i = 0; i < node.params.size(); ++i) {
      const ParamSchema& param = node.schema->params[i];
      const auto* seed = std::get_if<std::uint64_t>(&node.params[i]);
      if (param.seed && seed) seeds[node.id + "." + param.name] = *seed;
    }
  }
  return seeds;
}

void print_explanations(const RunResult& result) {
  for (const NodeReport& node : result.nodes) {
    fmt::print("{}: {}{}{}\n", node.id, to_text(node.status), node.reason.empty() ? "" : ", ",
               node.reason);
  }
}

/// A file that cannot be read before anything runs is a wrong command, not a failed run.
Plan prepare(const Engine& engine, ResolvedGraph graph, const std::stop_token& stop) {
  try {
    return engine.prepare(std::move(graph), stop);
  } catch (const Error& error) {
    if (error.code() == ErrorCode::io) throw Error(ErrorCode::graph, error.diagnostics());
    throw;
  }
}

/// Models, say, cannot be written. A worker process looks itself: its plugins are closed here.
void check_can_be_saved(const Engine& engine, const Plan& plan, bool use_cache) {
  const ResolvedGraph& graph = plan.graph();
  const auto type = [&](const ResolvedLink& link) {
    return output_type(graph.nodes[link.node], link.port);
  };
  const auto unsaveable =
      unsaveable_outputs(graph, engine.registry(), [&](const ResolvedLink& link) {
        const bool is_stored =
            use_cache && engine.disk() && engine.disk()->contains(plan.key(link.node, link.port));
        return is_stored || type(link) == "Image";
      });
  if (unsaveable.empty()) return;
  const ResolvedOutput& output = unsaveable.front();
  throw Error(ErrorCode::graph,
              fmt::format("output {}: values of type {} cannot be saved", quote(output.name),
                          type(output.from)),
              "choose an output of a type such as Image or Latent");
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

/// The error with its output named, unless it names a file.
Error about_output(const Error& error, const std::string& name) {
  std::vector<Diagnostic> diagnostics = error.diagnostics();
  Diagnostic& first = diagnostics.front();
  if (first.file.empty() && first.port.empty()) first.port = "output " + quote(name);
  return {error.code(), std::move(diagnostics)};
}

/// Writes all outputs, prints the names of the files and notes them in `report`. One that cannot
/// be written does not cost the others; throws the first failure afterwards.
void write_outputs(const RunResult& result, const std::vector<OutputFile>& files,
                   const Places& named, const std::map<std::string, std::string>& provenance,
                   WrittenFiles& written, RunReport& report) {
  std::optional<Error> failure;
  for (const OutputFile& output : files) {
    std::vector<fs::path>& before = written[output.output];
    try {
      const auto now =
          write_output(result.outputs.at(output.output), output, before, named, provenance);
      for (const fs::path& file : now) {
        fmt::print("{}\n", file.string());
        report.outputs[output.output].push_back(file.string());
      }
      if (!output.is_named) before = now;
    } catch (const Error& error) {
      if (!failure) failure.emplace(about_output(error, output.output));
    }
  }
  if (failure) throw *failure;
}

}  // namespace

bool uses_cache(const RunArguments& arguments) { return !arguments.no_cache && cache_is_on(); }

void run_graph(const RunArguments& arguments, const GlobalOptions& options, const Session& session,
               std::stop_token stop, WrittenFiles& written) {
  const Graph graph = load_graph(arguments.graph);
  GraphSettings settings;
  for (const std::string& text : arguments.set) settings.set.push_back(parse_setting(text));
  if (arguments.seed) add_seed(graph, *arguments.seed, settings);
  std::vector<OutputFile> files = named_files(graph, arguments.output, settings);
  ResolvedGraph resolved = validate_graph(graph, session, settings);
  RunReport report;
  report.graph = arguments.graph;
  report.seeds = seeds_of(resolved);
  if (arguments.seed && report.seeds.empty()) {
    throw Error(ErrorCode::graph, "--seed: the graph has no input and no parameter for a seed");
  }
  if (files.empty()) files = default_files(resolved, arguments.graph);
  const Places named = check_output_files(resolved, files, arguments.report);

  const bool use_cache = uses_cache(arguments) && !session.cache_folder().empty();
  const EngineOptions engine_options = session.engine_options(use_cache);
  Engine engine(session.registry(), engine_options);
  const Plan plan = prepare(engine, std::move(resolved), stop);
  if (!arguments.isolate) check_can_be_saved(engine, plan, use_cache);
  if (arguments.dry_run) {
    for (const ResolvedNode& node : plan.graph().nodes)
      fmt::print("{}: {}\n", node.id, node.schema->type);
    return;
  }

  warn_of_changed_files(arguments.graph, plan.file_digests());
  if (arguments.seed == "random" && !options.quiet) {
    for (const auto& [param, seed] : report.seeds) fmt::print(stderr, "{}: {}\n", param, seed);
  }
  const auto provenance = provenance_of(plan.graph(), plan.file_digests(), torch_version());
  ProgressPrinter printer(stderr, isatty(STDERR_FILENO) != 0);
  RunRecorder recorder(plan.graph(), options.quiet ? nullptr : &printer);
  RunOptions run_options;
  run_options.use_cache = use_cache;
  run_options.explain = arguments.explain || !arguments.report.empty();
  run_options.stop = std::move(stop);
  run_options.observer = &recorder;
  const auto start = std::chrono::steady_clock::now();
  try {
    const RunResult result = compute(arguments, engine, engine_options, plan, run_options);
    report.seconds = result.seconds;
    report.nodes = recorded(result.nodes);
    write_outputs(result, files, named, provenance, written, report);
    if (arguments.explain) print_explanations(result);
  } catch (const std::exception& error) {
    if (arguments.report.empty()) throw;
    if (report.nodes.empty()) {
      report.nodes = recorder.nodes();
      report.seconds =
          std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
    }
    report.error = failure_of(error);
    write_report(report, arguments.report);
    throw;
  }
  if (!arguments.report.empty()) write_report(report, arguments.report);
}

}  // namespace calotype::cli
