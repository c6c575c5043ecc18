#pragma once
#include <filesystem>
#include <functional>
#include <string>

#include "calotype/error.h"
#include "calotype/registry.h"
#include "plugin/trusted_file.h"

namespace calotype {

/// When code of a plugin runs while it is loaded.
enum class LoadStep { open, register_nodes };

/// Like load_plugin, for a library that was examined before: refuses one that has changed since
/// `known`. Returns what was registered.
PluginInfo load_known_plugin(Registry& registry, const std::filesystem::path& library,
                             const FileIdentity& known);

/// Like load_plugin; `before` is called before each step.
PluginInfo load_in_steps(Registry& registry, const TrustedFile& file,
                         const std::function<void(LoadStep)>& before);

/// Throws Error(plugin) when the registry knows the library, or another one with this id.
void check_new_plugin(const Registry& registry, const PluginInfo& plugin);

/// `plugin "id" could not register its nodes: ...`.
Error registration_error(const PluginInfo& plugin, const std::string& why, std::string hint);

}  // namespace calotype
