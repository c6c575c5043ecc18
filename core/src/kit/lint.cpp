#include "calotype/lint.h"

#include <dlfcn.h>

#include <algorithm>
#include <set>

#include "calotype/plugin.h"
#include "kit/lint_rules.h"
#include "kit/two_runs.h"

namespace calotype {

namespace {

template <class Check>
struct LintRule {
  std::string_view name;
  Check check;
};

constexpr LintRule<LibraryRule> kLibraryRules[] = {
    {"plugin_id", check_plugin_id},
    {"exports", check_exports},
};

constexpr LintRule<NodeRule> kNodeRules[] = {
    {"type_name", check_type_name},      {"port_name", check_port_names},
    {"former_name", check_former_names}, {"version", check_version},
    {"summary", check_summary},          {"help", check_port_texts},
    {"param_default", check_defaults},   {"param_limits", check_limits},
    {"reference", check_references},     {"output", check_result},
};

constexpr LintRule<PortTypeRule> kPortTypeRules[] = {
    {"type_name", check_port_type_name},
    {"help", check_port_type_text},
    {"version", check_port_type_version},
    {"hooks", check_hooks},
};

/// Port types are objects with static storage, so the one that defines it is known by its address.
bool lies_in(const PortType& type, const std::string& library) {
  Dl_info info{};
  if (dladdr(&type, &info) == 0 || !info.dli_fname) return false;
  std::error_code ignored;
  return std::filesystem::equivalent(info.dli_fname, library, ignored);
}

std::vector<const PortType*> own_port_types(Registry& registry, const std::string& library) {
  std::vector<const PortType*> own;
  for (const std::string& name : registry.port_type_names()) {
    const PortType* type = registry.port_type(name);
    if (type && lies_in(*type, library)) own.push_back(type);
  }
  return own;
}

}  // namespace

LintReport lint_plugin(const std::filesystem::path& library, const LintProgress& progress) {
  Registry registry;
  load_plugin(registry, library);
  LintReport report;
  report.plugin = registry.plugins().at(0);
  const std::vector<const NodeSchema*> schemas = registry.schemas();
  for (const NodeSchema* schema : schemas) report.nodes.push_back(schema->type);
  for (const auto& rule : kLibraryRules) {
    LintSink sink(report, rule.name);
    rule.check(sink);
  }
  for (const NodeSchema* schema : schemas) {
    for (const auto& rule : kNodeRules) {
      LintSink sink(report, rule.name);
      rule.check(*schema, sink);
    }
  }
  std::vector<std::string> own;
  for (const PortType* type : own_port_types(registry, report.plugin.library)) {
    own.push_back(type->name);
    for (const auto& rule : kPortTypeRules) {
      LintSink sink(report, rule.name);
      rule.check(*type, sink);
    }
  }
  TwoRuns(registry, own, report, progress).run_all();
  if (progress) progress(report, {});
  return report;
}

}  // namespace calotype
