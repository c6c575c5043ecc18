#pragma once
/// What every command needs: the global options, the known plugins, an engine.
#include <CLI/CLI.hpp>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "calotype/engine.h"
#include "calotype/error.h"
#include "calotype/registry.h"

namespace calotype::cli {

enum ExitCode : int {
  kDone = 0,
  kRunFailed = 1,
  kBadRequest = 2,
  kPluginRefused = 3,
  kCancelled = 130
};

/// Options that stand before or behind any command.
struct GlobalOptions {
  std::vector<std::string> plugin_dirs;
  std::string cache_dir;  ///< empty: default_cache_folder()
  bool quiet = false;
};

/// CALOTYPE_CACHE=off switches all caches off.
bool cache_is_on();

/// The process' registry with every plugin found; refused plugins are reported on stderr.
class Session {
 public:
  /// `use_cache` false: nobody misses the cache's folder when there is none.
  explicit Session(const GlobalOptions&, bool use_cache = cache_is_on());

  const std::shared_ptr<Registry>& registry() const { return registry_; }
  /// Empty when there is no place for one.
  const std::filesystem::path& cache_folder() const { return cache_folder_; }
  const std::vector<Diagnostic>& refused() const { return refused_; }
  EngineOptions engine_options(bool use_cache) const;

 private:
  std::filesystem::path cache_folder_;
  std::shared_ptr<Registry> registry_;
  std::vector<Diagnostic> refused_;
};

/// Where plugins are looked for.
std::vector<std::filesystem::path> plugin_folders(const GlobalOptions&);

/// The exit code of a command that ends with `error`.
int exit_code_of(const Error& error);
/// "0.1.0", and the torch that the nodes were built with: "2.13.0" or "none".
std::string calotype_version();
std::string torch_version();
/// Part of every cache key: torch version and device class.
std::string environment();

}  // namespace calotype::cli
