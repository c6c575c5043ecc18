/// The `calotype` command line. Exit codes: 0 done, 1 run failed, 2 bad command line or graph,
/// 3 plugin refused, 130 cancelled.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <new>
#include <string>
#include <system_error>

#include "calotype/error.h"
#include "commands.h"

namespace {

using namespace calotype;

/// Parses the arguments, which runs the command. `print_error` becomes the error number when
/// standard output did not take a text, which printing throws.
int run(CLI::App& app, const cli::Context& context, int argc, char** argv, int& print_error) {
  try {
    app.parse(argc, argv);
  } catch (const CLI::Success& help) {
    return app.exit(help);
  } catch (const CLI::ParseError& error) {
    app.exit(error);
    return cli::kBadRequest;
  } catch (const Error& error) {
    fmt::print(stderr, "{}\n", error.what());
    return cli::exit_code_of(error);
  } catch (const std::bad_alloc&) {
    fmt::print(stderr, "out of memory\n  hint: use a smaller width, height or batch\n");
    return cli::kRunFailed;
  } catch (const std::exception& error) {
    const auto* system = dynamic_cast<const std::system_error*>(&error);
    if (system && std::ferror(stdout)) {
      print_error = system->code().value();
    } else {
      fmt::print(stderr, "internal error: {}\n", error.what());
    }
    return cli::kRunFailed;
  }
  return context.exit_code;
}

/// Threads of OpenMP spin at the end of each parallel loop. On a machine that is busy with other
/// work they take the processor from the very thread that they wait for. Must come before the first
/// plugin is opened, with which libgomp comes.
void spin_briefly() {
  if (std::getenv("OMP_WAIT_POLICY")) return;
  ::setenv("GOMP_SPINCOUNT", "1000", 0);
}

/// Most of a command's text leaves the process only now. Text that is lost is a failure.
int finish(int exit_code, int print_error) {
  errno = print_error;
  if (std::fflush(stdout) == 0 && !std::ferror(stdout)) return exit_code;
  const std::string cause = errno == 0 ? "" : ": " + std::generic_category().message(errno);
  fmt::print(stderr, "cannot write to standard output{}\n", cause);
  return exit_code == cli::kDone ? cli::kRunFailed : exit_code;
}

}  // namespace

int main(int argc, char** argv) {
  spin_briefly();
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
  int print_error = 0;
  const int exit_code = run(app, context, argc, argv, print_error);
  return finish(exit_code, print_error);
}
