#include "lint_json.h"

#include <nlohmann/json.hpp>

namespace calotype::cli {

using nlohmann::ordered_json;

ordered_json to_json(const Diagnostic& d) {
  return {{"severity", d.severity == Severity::error ? "error" : "warning"},
          {"file", d.file},
          {"node", d.node},
          {"port", d.port},
          {"what", d.what},
          {"expected", d.expected},
          {"got", d.got},
          {"hint", d.hint}};
}

Diagnostic diagnostic_from(const ordered_json& json) {
  Diagnostic d;
  d.severity = json.at("severity") == "error" ? Severity::error : Severity::warning;
  d.file = json.at("file");
  d.node = json.at("node");
  d.port = json.at("port");
  d.what = json.at("what");
  d.expected = json.at("expected");
  d.got = json.at("got");
  d.hint = json.at("hint");
  return d;
}

ordered_json to_json(const LintReport& report) {
  ordered_json findings = ordered_json::array();
  for (const LintFinding& finding : report.findings) {
    ordered_json entry = {{"rule", finding.rule}};
    entry.update(to_json(finding.diagnostic));
    findings.push_back(std::move(entry));
  }
  ordered_json skipped = ordered_json::array();
  for (const LintSkip& skip : report.skipped) {
    skipped.push_back({{"node", skip.node}, {"why", skip.why}});
  }
  return {{"plugin", report.plugin.id},
          {"version", report.plugin.version},
          {"library", report.plugin.library},
          {"nodes", report.nodes},
          {"ran", report.ran},
          {"skipped", std::move(skipped)},
          {"findings", std::move(findings)}};
}

LintReport lint_report_from(const ordered_json& json) {
  LintReport report;
  report.plugin.id = json.at("plugin");
  report.plugin.version = json.at("version");
  report.plugin.library = json.at("library");
  json.at("nodes").get_to(report.nodes);
  json.at("ran").get_to(report.ran);
  for (const ordered_json& skip : json.at("skipped")) {
    report.skipped.push_back({skip.at("node"), skip.at("why")});
  }
  for (const ordered_json& finding : json.at("findings")) {
    report.findings.push_back({finding.at("rule"), diagnostic_from(finding)});
  }
  return report;
}

std::string json_line(const ordered_json& json) {
  return json.dump(-1, ' ', false, ordered_json::error_handler_t::replace);
}

}  // namespace calotype::cli
