#pragma once
/// Checks what a plugin declares and how it behaves, beyond what the engine insists on. Torch-free.
#include <filesystem>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "calotype/api.h"
#include "calotype/error.h"
#include "calotype/registry.h"

namespace calotype {

/// One thing to mend. `diagnostic.file` is the library, `node` the node type.
struct LintFinding {
  std::string rule;  ///< name of the rule, such as "param_default"
  Diagnostic diagnostic;
};

/// A node type that was not run, and why.
struct LintSkip {
  std::string node;
  std::string why;
};

/// What `lint_plugin` saw. Without findings the plugin is clean.
struct LintReport {
  PluginInfo plugin;
  std::vector<std::string> nodes;  ///< its node types, sorted
  std::vector<std::string> ran;    ///< those that were run twice
  std::vector<LintSkip> skipped;
  std::vector<LintFinding> findings;
};

/// Told before each run of a node, and with an empty `node` when all have run, so that a caller in
/// another process knows what came last and what was found until then.
using LintProgress = std::function<void(const LintReport& so_far, const std::string& node)>;

/// Opens the library, checks names, texts, defaults, port types and exported symbols, then runs
/// every node type twice whose inputs can be made up, with its parameters at their defaults.
/// The plugin's code runs in this process. Throws Error(plugin) as load_plugin does; whatever the
/// nodes throw becomes part of the report. Not to be called twice for a library that has changed.
CALOTYPE_API LintReport lint_plugin(const std::filesystem::path& library,
                                    const LintProgress& progress = {});

}  // namespace calotype
