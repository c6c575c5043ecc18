#pragma once
/// Lints a plugin in a child process, so that one that crashes, exits or hangs becomes a finding.
#include <chrono>
#include <filesystem>

#include "calotype/lint.h"

namespace calotype::cli {

/// Like lint_plugin. `patience`: for opening the library and for each run of a node. Forks: must be
/// called while the process has one thread. What the plugin prints goes to stderr. Throws
/// Error(plugin) when the library is refused or does not survive being opened.
LintReport lint_in_child(const std::filesystem::path& library, std::chrono::seconds patience);

}  // namespace calotype::cli
