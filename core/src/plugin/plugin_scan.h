#pragma once
/// The first look at a plugin's code happens in a child process, which may crash, hang or end.
#include <chrono>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "calotype/error.h"
#include "calotype/registry.h"
#include "plugin/trusted_file.h"

namespace calotype {

/// How much memory a plugin may take while it is opened and registers its nodes. libtorch needs a
/// small part of it.
inline constexpr std::uint64_t kScanMemory = std::uint64_t{4} << 30;
/// Exit code of a child that reached it.
inline constexpr int kScanOutOfMemory = 86;

/// What a plugin declared; see RegistryCache::Entry.
struct ScannedPlugin {
  PluginInfo plugin;
  FileIdentity file;
  std::string schemas;
  std::size_t threads = 0;  ///< that it started and left running
};

/// Exactly one member is set.
struct ScanVerdict {
  std::optional<ScannedPlugin> plugin;
  std::optional<Error> refused;  ///< what load_plugin would have thrown
  std::string died;              ///< `it crashed with SIGSEGV while it registered its nodes`
};

/// How long one plugin may take: CALOTYPE_SCAN_SECONDS, else 20 s.
std::chrono::milliseconds scan_deadline();

/// One verdict for each library, in one child as long as none dies. No value when the program that
/// scans is not there, or is not of this build.
std::optional<std::vector<ScanVerdict>> scan_plugins(
    const std::vector<std::filesystem::path>& libraries);

}  // namespace calotype
