#include <fmt/format.h>

#include <memory>

#include "calotype/atomic_file.h"
#include "calotype/error.h"
#include "calotype/graph_json.h"
#include "commands.h"
#include "graph_source.h"
#include "image_file/file_ending.h"

namespace calotype::cli {

namespace {

struct FmtArguments {
  std::vector<std::string> graphs;
  bool check = false;
  bool print = false;
};

/// Returns the exit code of this file.
int format_file(const std::string& file, const FmtArguments& arguments) {
  if (!arguments.print && file_ending(file) == ".png") {
    throw Error(ErrorCode::graph, quote(file) + " is a picture, and stays one",
                "print its graph with: calotype fmt --print " + file);
  }
  const Graph graph = load_graph(file);
  const std::string text = format_graph(graph);
  if (arguments.print) {
    fmt::print("{}", text);
  } else if (graph.source && text == graph.source->text) {
    return kDone;
  } else if (arguments.check) {
    fmt::print("{}: not in canonical form\n", file);
    return kRunFailed;
  } else {
    AtomicFile out(file);
    out.write(text);
    out.commit();
    fmt::print("{}\n", file);
  }
  return kDone;
}

/// One bad file does not stop the others. The exit code is that of the first failure.
void format_files(const FmtArguments& arguments, Context& context) {
  for (const std::string& file : arguments.graphs) {
    int exit_code = kDone;
    try {
      exit_code = format_file(file, arguments);
    } catch (const Error& error) {
      fmt::print(stderr, "{}\n", error.what());
      exit_code = exit_code_of(error);
    }
    if (context.exit_code == kDone) context.exit_code = exit_code;
  }
}

}  // namespace

void add_fmt_command(CLI::App& app, Context& context) {
  auto arguments = std::make_shared<FmtArguments>();
  CLI::App* command = app.add_subcommand("fmt", "Rewrite graph files in canonical form");
  command->add_option("graphs", arguments->graphs, "Graph files")->required();
  CLI::Option* check = command->add_flag("--check", arguments->check,
                                         "Change nothing; exit code 1 when a file would change");
  command->add_flag("--print", arguments->print, "Print the canonical form instead")
      ->excludes(check);
  command->callback([arguments, &context] { format_files(*arguments, context); });
}

}  // namespace calotype::cli
