/// The hidden commands that other processes of Calotype start.
#include "calotype/child_commands.h"

#include <memory>
#include <string>
#include <vector>

#include "commands.h"

namespace calotype::cli {

void add_child_commands(CLI::App& app) {
  auto libraries = std::make_shared<std::vector<std::string>>();
  CLI::App* scan = app.add_subcommand("scan-plugin", "Look at plugins for another process");
  scan->group("");  // not listed: of no use to people
  scan->add_option("library", *libraries)->required();
  scan->callback([libraries] { serve_plugin_scan({libraries->begin(), libraries->end()}); });
  app.add_subcommand("worker", "Run a graph for another process")->group("")->callback([] {
    serve_isolated_run();
  });
}

}  // namespace calotype::cli
