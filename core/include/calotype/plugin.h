#pragma once
/// The plugin door: what a plugin exports, and how a host finds and opens plugins.
/// A plugin is native code with all rights of the process: load only what you trust.
#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "calotype/api.h"
#include "calotype/registry.h"

namespace calotype {

/// Raised when a type that crosses the plugin border changes.
inline constexpr std::uint32_t kPluginApi = 2;
inline constexpr std::uint64_t kPluginMagic = 0x31305059544f4c43;  // "CLOTYP01", little-endian

/// Plain C data, read before any function of the plugin is called.
struct PluginAbi {
  std::uint64_t magic;
  std::uint32_t struct_size;  ///< sizeof(PluginAbi) of the builder
  std::uint32_t api;          ///< kPluginApi of the builder
  char torch[16];             ///< "2.13", or "none" when the plugin does not use tensors
  char cxx[32];               ///< "libstdc++-cxx11": library family and string layout
  char id[64];
  char version[32];
};

/// Where plugins are searched, in order. Never the current folder.
struct PluginSearch {
  std::vector<std::filesystem::path> directories;  ///< each must be absolute
  std::filesystem::path registry_cache;            ///< file with remembered schemas; empty = none
  /// The one of `directories` whose plugins are installed with the program: their results are
  /// reused as long as their nodes' versions are the same. Those of all other plugins, which may be
  /// in the making, only while the library's content is the same.
  std::filesystem::path installed;
};

/// `extra`, then CALOTYPE_PLUGIN_PATH, then <exe>/../lib/calotype/plugins.
CALOTYPE_API PluginSearch default_plugin_search(std::vector<std::filesystem::path> extra,
                                                std::filesystem::path registry_cache);

/// Makes the plugins of all directories known. Libraries whose schemas are remembered (same path,
/// size, mtime, inode and Calotype build) stay closed until a node must run; others are opened now
/// and remembered, with a digest of their content in NodeSchema::code where `installed` does not
/// hold them. One bad plugin does not stop the others: each problem is returned as a message.
CALOTYPE_API std::vector<Diagnostic> discover_plugins(Registry&, const PluginSearch&);

/// Checks and opens one library now. Throws Error(plugin): not a library, damaged, other ABI,
/// other torch, missing symbol, failing registration, duplicate node type, unsafe permissions.
/// An opened library is never closed again.
CALOTYPE_API void load_plugin(Registry&, const std::filesystem::path& library);

}  // namespace calotype
