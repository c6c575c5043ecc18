#pragma once
/// A new plugin's project: its names, its files, and how they get onto the disk.
#include <filesystem>
#include <string>
#include <utility>
#include <vector>

namespace calotype::cli {

/// Everything that follows from the name "acme.soft-glow".
struct PluginNames {
  std::string id;         ///< "acme.soft-glow"
  std::string vendor;     ///< "acme"
  std::string folder;     ///< "soft-glow"
  std::string target;     ///< "acme-soft-glow", also the library's name
  std::string file;       ///< "soft_glow", of the node's header
  std::string node;       ///< "SoftGlow", the node's struct
  std::string node_type;  ///< "acme.SoftGlow"
  std::string space;      ///< "acme_plugin", the C++ namespace
};

/// Throws Error(graph) for a name that is not VENDOR.NAME, or that would not compile.
PluginNames plugin_names(const std::string& name, bool with_torch);

/// The project's files by name. `prefix`: where Calotype is installed; empty: not known.
std::vector<std::pair<std::string, std::string>> plugin_files(const PluginNames& names,
                                                              bool with_torch,
                                                              const std::filesystem::path& prefix);

/// Makes `folder` with these files and, with torch, the picture of the example: all or nothing.
/// Throws Error(graph) when `folder` exists already, Error(io) when it cannot be written.
void write_plugin_project(const std::filesystem::path& folder,
                          const std::vector<std::pair<std::string, std::string>>& files,
                          bool with_torch);

}  // namespace calotype::cli
