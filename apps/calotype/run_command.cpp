#include <cstdint>
#include <memory>
#include <string>

#include "calotype/error.h"
#include "commands.h"
#include "interrupt.h"
#include "run_graph.h"
#include "watch_graph.h"

namespace calotype::cli {

namespace {

void run_once(const RunArguments& arguments, const GlobalOptions& options) {
  const Session session(options, uses_cache(arguments));
  const Interrupt interrupt;
  WrittenFiles written;
  run_graph(arguments, options, session, interrupt.token(), written);
}

/// Until Ctrl-C, which is the only end.
int watch(const RunArguments& arguments, const GlobalOptions& options) {
  const Interrupt interrupt;
  watch_graph(arguments, options, interrupt.token());
  return kCancelled;
}

/// What is wrong with a time limit, or "". CLI::Range lets "nan" through.
std::string check_seconds(const std::string& text) {
  double seconds = 0;
  if (CLI::detail::lexical_cast(text, seconds) && seconds >= 0.001 && seconds <= 1e9) return {};
  return "expected seconds from 0.001 to 1e9, got " + quote(text);
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
  command->add_option("--seed", arguments->seed, "Seed for the whole graph: a number, or random");
  command->add_option("--report", arguments->report, "Write what happened as JSON");
  command->add_flag("--explain", arguments->explain, "Say for each node why it ran or did not");
  command->add_flag("--dry-run", arguments->dry_run, "Check and plan, but run nothing");
  command->add_flag("--no-cache", arguments->no_cache, "Neither read nor write any cache");
  CLI::Option* isolate = command->add_flag("--isolate", arguments->isolate,
                                           "Run in a worker process, and survive whatever it does");
  command->add_option("--timeout", arguments->timeout, "Seconds that an isolated run may take")
      ->check(check_seconds, "in [0.001 - 1e9]")
      ->needs(isolate);
  command->add_option("--memory-limit", arguments->memory_limit, "MiB that an isolated run may use")
      ->check(CLI::Range(std::uint64_t{1}, std::uint64_t{1} << 40))
      ->needs(isolate);
  auto is_watch = std::make_shared<bool>(false);
  command->add_flag(
      "--watch", *is_watch,
      "Run in a worker process, and again whenever the graph, a file that it reads or "
      "a plugin changes");
  command->callback([arguments, is_watch, &context] {
    if (*is_watch) {
      context.exit_code = watch(*arguments, context.options);
    } else {
      run_once(*arguments, context.options);
    }
  });
}

}  // namespace calotype::cli
