#pragma once
/// What the program `calotype` does when another process of Calotype starts it as a child: the
/// hidden commands `scan-plugin` and `worker`. The other side is inside this library
/// (discover_plugins, run_isolated); the two talk through a socket that the child finds at
/// descriptor 3, and both refuse another build of Calotype. See docs/isolation.md.
#include <filesystem>
#include <vector>

#include "calotype/api.h"

namespace calotype {

/// Opens each library, lets it register its nodes, and reports its schemas or why it was refused.
/// Ends the process.
[[noreturn]] CALOTYPE_API void serve_plugin_scan(
    const std::vector<std::filesystem::path>& libraries);

/// Takes one graph, runs it and reports what happens. Ends the process.
[[noreturn]] CALOTYPE_API void serve_isolated_run();

}  // namespace calotype
