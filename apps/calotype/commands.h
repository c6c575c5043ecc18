#pragma once
/// Each command adds itself to the command line; its callback stores the process' exit code.
#include <CLI/CLI.hpp>
#include <functional>

#include "session.h"

namespace calotype::cli {

/// Shared by all commands of one process. `exit_code` is what main returns.
struct Context {
  GlobalOptions options;
  int exit_code = kDone;
};

void add_run_command(CLI::App& app, Context& context);
void add_check_command(CLI::App& app, Context& context);
void add_nodes_command(CLI::App& app, Context& context);
void add_plugins_command(CLI::App& app, Context& context);
void add_schema_command(CLI::App& app, Context& context);
void add_stubs_command(CLI::App& app, Context& context);
void add_fmt_command(CLI::App& app, Context& context);
void add_cache_command(CLI::App& app, Context& context);
void add_inspect_command(CLI::App& app, Context& context);
void add_version_command(CLI::App& app, Context& context);
void add_new_plugin_command(CLI::App& app, Context& context);
void add_lint_plugin_command(CLI::App& app, Context& context);
/// What this program does for its own other processes; not shown to people.
void add_child_commands(CLI::App& app);

}  // namespace calotype::cli
