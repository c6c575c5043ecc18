/// The `calotype` command line. Exit codes: 0 done, 1 run failed, 2 bad command line or graph,
/// 3 plugin refused, 130 cancelled.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <new>

#include "calotype/error.h"
#include "commands.h"

namespace {

using namespace calotype;

int exit_code_of(const Error& error) {
  switch (error.code()) {
    case ErrorCode::graph:
      return cli::kBadRequest;
    case ErrorCode::plugin:
      return cli::kPluginRefused;
    case ErrorCode::cancelled:
      return cli::kCancelled;
    case ErrorCode::io:
    case ErrorCode::run:
    case ErrorCode::internal:
      break;
  }
  return cli::kRunFailed;
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app{"Runs graphs of picture nodes: Stable Diffusion, natively.", "calotype"};
  app.require_subcommand(1);
  app.fallthrough();
  cli::Context context;
  app.add_option("--plugin-dir", context.options.plugin_dirs,
                 "Folder with plugins, searched before CALOTYPE_PLUGIN_PATH and the program's own")
      ->allow_extra_args(false);
  app.add_option("--cache-dir", context.options.cache_dir,
                 "Folder of the cache instead of CALOTYPE_CACHE_DIR");
  app.add_flag("-q,--quiet", context.options.quiet, "Print results and errors only");
  cli::add_run_command(app, context);
  cli::add_check_command(app, context);
  cli::add_nodes_command(app, context);
  cli::add_plugins_command(app, context);
  cli::add_schema_command(app, context);
  cli::add_fmt_command(app, context);
  cli::add_cache_command(app, context);
  cli::add_inspect_command(app, context);
  cli::add_stubs_command(app, context);
  cli::add_new_plugin_command(app, context);
  cli::add_lint_plugin_command(app, context);
  cli::add_version_command(app, context);
  cli::add_child_commands(app);
  try {
    app.parse(argc, argv);
  } catch (const CLI::Success& help) {
    return app.exit(help);
  } catch (const CLI::ParseError& error) {
    app.exit(error);
    return cli::kBadRequest;
  } catch (const Error& error) {
    fmt::print(stderr, "{}\n", error.what());
    return exit_code_of(error);
  } catch (const std::bad_alloc&) {
    fmt::print(stderr, "out of memory\n  hint: use a smaller width, height or batch\n");
    return cli::kRunFailed;
  } catch (const std::exception& error) {
    fmt::print(stderr, "internal error: {}\n", error.what());
    return cli::kRunFailed;
  }
  return context.exit_code;
}
