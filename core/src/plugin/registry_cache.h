#pragma once
/// Schemas of plugins, remembered between runs so that plugins need not be opened to be listed.
#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "calotype/registry.h"
#include "plugin/learnt_file.h"
#include "plugin/trusted_file.h"

namespace calotype {

/// One JSON file; see discover_plugins. A missing, damaged or foreign file counts as empty. The
/// content is never a reason to load anything: libraries are checked again when they are opened.
class RegistryCache {
 public:
  struct Entry {
    FileIdentity file;
    PluginInfo plugin;
    std::string schemas;  ///< what schemas_to_json wrote
  };

  /// An empty path gives a cache that forgets.
  explicit RegistryCache(std::filesystem::path file);

  /// Null when nothing is remembered of this very library file.
  const Entry* find(const std::filesystem::path& library, const FileIdentity& file) const;
  void remember(Entry entry);
  void forget(const std::filesystem::path& library);
  /// Writes the file if anything changed; drops libraries that are gone. Throws Error(io).
  void save();

 private:
  LearntFile file_;
  std::map<std::string, Entry> entries_;  ///< by absolute path of the library
  bool changed_ = false;
};

}  // namespace calotype
