#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <memory>
#include <nlohmann/json.hpp>

#include "calotype/error.h"
#include "commands.h"
#include "lint_json.h"
#include "lint_process.h"

namespace calotype::cli {

namespace {

struct LintArguments {
  std::string library;
  bool json = false;
  int timeout = 60;
};

std::string counted(std::size_t count, const std::string& one) {
  return fmt::format("{} {}{}", count, one, count == 1 ? "" : "s");
}

void print_report(const LintReport& report, bool quiet) {
  for (const LintFinding& finding : report.findings) {
    fmt::print("{}\n", format(finding.diagnostic));
  }
  if (quiet) return;
  for (const LintSkip& skip : report.skipped) {
    fmt::print("not run: {}: {}\n", skip.node, skip.why);
  }
  const std::string result =
      report.findings.empty() ? "clean" : counted(report.findings.size(), "finding");
  fmt::print("{} {}: {}, {} run twice, {}\n", report.plugin.id, report.plugin.version,
             counted(report.nodes.size(), "node type"), report.ran.size(), result);
}

void lint(const LintArguments& arguments, Context& context) {
  const LintReport report =
      lint_in_child(arguments.library, std::chrono::seconds(arguments.timeout));
  if (arguments.json) {
    fmt::print("{}\n", json_line(to_json(report)));
  } else {
    print_report(report, context.options.quiet);
  }
  if (!report.findings.empty()) context.exit_code = kRunFailed;
}

}  // namespace

void add_lint_plugin_command(CLI::App& app, Context& context) {
  auto arguments = std::make_shared<LintArguments>();
  CLI::App* command =
      app.add_subcommand("lint-plugin",
                         "Check a plugin's names, texts, defaults and behaviour; exit code 1 when "
                         "something should be mended");
  command->add_option("file", arguments->library, "The plugin's library (.so)")->required();
  command->add_flag("--json", arguments->json, "Print one JSON object");
  command->add_option("--timeout", arguments->timeout, "Seconds that a node may run")
      ->check(CLI::Range(1, 86400))
      ->capture_default_str();
  command->callback([arguments, &context] { lint(*arguments, context); });
}

}  // namespace calotype::cli
