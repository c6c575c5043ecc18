#include <fmt/format.h>

#include <memory>

#include "calotype/error.h"
#include "commands.h"
#include "graph_source.h"

namespace calotype::cli {

namespace {

struct CheckArguments {
  std::string graph;
  std::vector<std::string> set;
};

/// The largest memory estimate of a node, in bytes, and that node's id.
std::pair<double, std::string> peak_memory(const ResolvedGraph& graph) {
  std::pair<double, std::string> peak{0, ""};
  for (const ResolvedNode& node : graph.nodes) {
    if (!node.schema->memory) continue;
    double bytes = node.schema->memory->bytes_per_unit;
    for (const std::string& name : node.schema->memory->params) {
      for (std::size_t i = 0; i < node.params.size(); ++i) {
        const auto* count = std::get_if<std::int64_t>(&node.params[i]);
        if (count && node.schema->params[i].name == name) bytes *= static_cast<double>(*count);
      }
    }
    if (bytes > peak.first) peak = {bytes, node.id};
  }
  return peak;
}

int check(const CheckArguments& arguments, const GlobalOptions& options) {
  const Session session(options);
  GraphSettings settings;
  for (const std::string& text : arguments.set) settings.set.push_back(parse_setting(text));
  const ResolvedGraph graph = validate_graph(load_graph(arguments.graph), session, settings);
  std::vector<Diagnostic> missing = missing_files(graph);
  if (!missing.empty()) throw Error(ErrorCode::graph, std::move(missing));
  fmt::print("{}: ok, {} nodes, {} outputs\n", arguments.graph, graph.nodes.size(),
             graph.outputs.size());
  const auto [bytes, node] = peak_memory(graph);
  if (bytes > 0) {
    fmt::print("memory besides the weights: at least about {:.1f} GiB (node {})\n",
               bytes / (1 << 30), quote(node));
  }
  return kDone;
}

}  // namespace

void add_check_command(CLI::App& app, Context& context) {
  auto arguments = std::make_shared<CheckArguments>();
  CLI::App* command = app.add_subcommand("check", "Validate a graph and run nothing");
  command->add_option("graph", arguments->graph, "Graph file (.json) or picture (.png)")
      ->required();
  command->add_option("--set", arguments->set, "NAME=VALUE: a graph input, or NODE.PARAM")
      ->allow_extra_args(false);
  command->callback(
      [arguments, &context] { context.exit_code = check(*arguments, context.options); });
}

}  // namespace calotype::cli
