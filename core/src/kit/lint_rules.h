#pragma once
/// The rules of lint_plugin. Each is one small function that adds what it finds; the tables are in
/// lint.cpp.
#include <exception>
#include <string>
#include <string_view>
#include <utility>

#include "calotype/lint.h"
#include "calotype/port_type.h"
#include "calotype/schema.h"
#include "calotype/value.h"

namespace calotype {

/// Where one rule puts its findings.
class LintSink {
 public:
  LintSink(LintReport& report, std::string_view rule) : report_(report), rule_(rule) {}

  /// References stay valid until the next finding.
  Diagnostic& error(const std::string& node, std::string port, std::string what, std::string hint) {
    return add(Severity::error, node, std::move(port), std::move(what), std::move(hint));
  }
  Diagnostic& warning(const std::string& node, std::string port, std::string what,
                      std::string hint) {
    return add(Severity::warning, node, std::move(port), std::move(what), std::move(hint));
  }
  const PluginInfo& plugin() const { return report_.plugin; }

 private:
  Diagnostic& add(Severity severity, const std::string& node, std::string port, std::string what,
                  std::string hint) {
    Diagnostic d;
    d.severity = severity;
    d.file = report_.plugin.library;
    d.node = node;
    d.port = std::move(port);
    d.what = std::move(what);
    d.hint = std::move(hint);
    report_.findings.push_back({std::string(rule_), std::move(d)});
    return report_.findings.back().diagnostic;
  }

  LintReport& report_;
  std::string_view rule_;
};

/// `input "image"`, as in the messages about graphs.
inline std::string input_text(const std::string& name) { return "input " + quote(name); }
inline std::string output_text(const std::string& name) { return "output " + quote(name); }
inline std::string param_text(const std::string& name) { return "param " + quote(name); }
inline std::string port_type_text(const std::string& name) { return "port type " + quote(name); }

using NodeRule = void (*)(const NodeSchema&, LintSink&);
void check_type_name(const NodeSchema&, LintSink&);
void check_port_names(const NodeSchema&, LintSink&);
void check_former_names(const NodeSchema&, LintSink&);
void check_version(const NodeSchema&, LintSink&);
void check_summary(const NodeSchema&, LintSink&);
void check_port_texts(const NodeSchema&, LintSink&);
void check_defaults(const NodeSchema&, LintSink&);
void check_limits(const NodeSchema&, LintSink&);
void check_references(const NodeSchema&, LintSink&);
void check_result(const NodeSchema&, LintSink&);

/// For the port types that the plugin defines itself.
using PortTypeRule = void (*)(const PortType&, LintSink&);
void check_port_type_name(const PortType&, LintSink&);
void check_port_type_text(const PortType&, LintSink&);
void check_port_type_version(const PortType&, LintSink&);
void check_hooks(const PortType&, LintSink&);

using LibraryRule = void (*)(LintSink&);
void check_plugin_id(LintSink&);
void check_exports(LintSink&);

/// For a value that a node gave out at `port`, whose type the plugin defines: do its hooks agree
/// with it?
void check_own_value(const NodeSchema&, const PortSchema& port, const Value&, LintReport&);

/// The first sentence of what was thrown.
std::string failure_text(const std::exception_ptr&);
/// What is wrong with a text that explains `name`, or "" when nothing is.
std::string text_problem(std::string_view text, std::string_view name);
/// The part of a plugin id in front of its dot.
std::string_view vendor_of(std::string_view plugin_id);
/// `[A-Z][A-Za-z0-9]*`
bool is_pascal_case(std::string_view text);
/// "soft_glow" and "softGlow" as SoftGlow.
std::string to_pascal_case(std::string_view text);

}  // namespace calotype
