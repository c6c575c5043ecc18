#pragma once
/// What lint_plugin saw, as JSON: for tools, and between the process that opens the plugin and the
/// one that prints.
#include <nlohmann/json_fwd.hpp>
#include <string>

#include "calotype/lint.h"

namespace calotype::cli {

nlohmann::ordered_json to_json(const Diagnostic&);
nlohmann::ordered_json to_json(const LintReport&);
/// The inverse; throws nlohmann::json::exception for anything else.
Diagnostic diagnostic_from(const nlohmann::ordered_json&);
LintReport lint_report_from(const nlohmann::ordered_json&);
/// On one line. Bytes that are no UTF-8 are replaced: a plugin may put anything into its texts.
std::string json_line(const nlohmann::ordered_json&);

}  // namespace calotype::cli
