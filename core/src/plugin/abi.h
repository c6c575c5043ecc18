#pragma once
/// Does a plugin fit into this program? Decided from its file, before any of its code runs.
#include <string>

#include "calotype/plugin.h"
#include "plugin/elf_check.h"

namespace calotype {

/// Names of the aliases that CALOTYPE_PLUGIN exports for kPluginApi.
inline constexpr char kAbiAlias[] = "calotype_plugin_abi_2";
inline constexpr char kRegisterAlias[] = "calotype_plugin_register_2";

/// The tag of a plugin that fits. Throws Error(plugin) when the library is no plugin, or was built
/// for another plugin API, torch or C++ library.
PluginAbi check_abi(const TrustedFile& file, const ElfFacts& facts);

/// What remembered schemas depend on, for example "0.1.0, plugin API 1, torch 2.13".
std::string build_identity();

}  // namespace calotype
