#pragma once
#include <filesystem>

#include "calotype/registry.h"
#include "plugin/trusted_file.h"

namespace calotype {

/// Like load_plugin, for a library that was examined before: refuses one that has changed since
/// `known`. Returns what was registered.
PluginInfo load_known_plugin(Registry& registry, const std::filesystem::path& library,
                             const FileIdentity& known);

}  // namespace calotype
