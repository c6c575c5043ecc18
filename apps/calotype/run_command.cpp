#include <fmt/format.h>
#include <unistd.h>

#include <memory>
#include <optional>

#include "calotype/atomic_file.h"
#include "calotype/cache.h"
#include "calotype/error.h"
#include "calotype/graph_json.h"
#include "commands.h"
#include "graph_source.h"
#include "interrupt.h"
#include "output_writer.h"
#include "progress_printer.h"
#include "run_report.h"

namespace calotype::cli {

namespace fs = std::filesystem;

namespace {

struct RunArguments {
  std::string graph;
  std::vector<std::string> set;
  std::vector<std::string> output;
  std::string report;
  std::optional<std::uint64_t> seed;
  bool explain = false;
  bool dry_run = false;
  bool no_cache = false;
};

/// Output name -> file that the user asked for.
using OutputFiles = std::map<std::string, fs::path>;

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
  return graph.nodes[output.from.node].schema->outputs[output.from.port].type;
}

Provenance provenance_of(const ResolvedGraph& graph, FileDigests& digests) {
  Provenance provenance;
  provenance.graph = format_graph(to_graph(graph));
  provenance.software = fmt::format("Calotype {} (torch {})", calotype_version(), torch_version());
  for (const ResolvedNode& node : graph.nodes) {
    for (std::size_t i = 0; i < node.files.size(); ++i) {
      if (node.files[i].empty()) continue;
      provenance.models[node.id + "." + node.schema->params[i].name] =
          "xxh3-128:" + digests.digest(node.files[i]).hex();
    }
  }
  return provenance;
}

void print_explanations(const RunResult& result) {
  for (const NodeReport& node : result.nodes) {
    fmt::print("{}: {}{}{}\n", node.id, to_text(node.status), node.reason.empty() ? "" : ", ",
               node.reason);
  }
}

int run(const RunArguments& arguments, const GlobalOptions& options) {
  const Session session(options);
  const Graph graph = load_graph(arguments.graph);
  GraphSettings settings;
  for (const std::string& text : arguments.set) settings.set.push_back(parse_setting(text));
  if (arguments.seed) add_seed(graph, *session.registry(), *arguments.seed, settings);
  const OutputFiles named = parse_outputs(graph, arguments.output, settings);
  ResolvedGraph resolved = validate_graph(graph, session, settings);

  OutputFiles files;
  for (const ResolvedOutput& output : resolved.outputs) {
    const std::string& type = type_of(resolved, output);
    const auto found = named.find(output.name);
    files[output.name] = found != named.end()
                             ? found->second
                             : default_output_file(arguments.graph, output.name, type);
    check_output_file(files[output.name], type);
  }

  const Interrupt interrupt;
  const bool use_cache = !arguments.no_cache && cache_is_on();
  Engine engine(session.registry(), session.engine_options(use_cache));
  const Plan plan = [&] {
    try {
      return engine.prepare(std::move(resolved));
    } catch (const Error& error) {
      if (error.code() == ErrorCode::io) throw Error(ErrorCode::graph, error.diagnostics());
      throw;
    }
  }();
  if (arguments.dry_run) {
    for (const ResolvedNode& node : plan.graph().nodes)
      fmt::print("{}: {}\n", node.id, node.schema->type);
    return kDone;
  }

  ProgressPrinter printer(stderr, isatty(STDERR_FILENO) != 0);
  RunOptions run_options;
  run_options.use_cache = use_cache;
  run_options.explain = arguments.explain || !arguments.report.empty();
  run_options.stop = interrupt.token();
  if (!options.quiet) run_options.observer = &printer;
  const RunResult result = engine.run(plan, run_options);
  if (engine.disk()) {
    for (const std::string& text : engine.disk()->take_warnings())
      fmt::print(stderr, "warning: {}\n", text);
  }

  FileDigests digests(use_cache ? session.cache_folder() / "files.json" : fs::path());
  const Provenance provenance = provenance_of(plan.graph(), digests);
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
  return kDone;
}

}  // namespace

void add_run_command(CLI::App& app, Context& context) {
  auto arguments = std::make_shared<RunArguments>();
  CLI::App* command = app.add_subcommand("run", "Run a graph file, or the graph inside a picture");
  command->add_option("graph", arguments->graph, "Graph file (.json) or picture (.png)")
      ->required();
  command->add_option("--set", arguments->set, "NAME=VALUE: a graph input, or NODE.PARAM")
      ->allow_extra_args(false);
  command
      ->add_option("-o,--output", arguments->output,
                   "NODE.PORT=FILE or OUTPUT=FILE: compute and write only these")
      ->allow_extra_args(false);
  command->add_option("--seed", arguments->seed, "Seed for the whole graph");
  command->add_option("--report", arguments->report, "Write what happened as JSON");
  command->add_flag("--explain", arguments->explain, "Say for each node why it ran or did not");
  command->add_flag("--dry-run", arguments->dry_run, "Check and plan, but run nothing");
  command->add_flag("--no-cache", arguments->no_cache, "Neither read nor write any cache");
  command->callback(
      [arguments, &context] { context.exit_code = run(*arguments, context.options); });
}

}  // namespace calotype::cli
