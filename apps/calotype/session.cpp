#include "session.h"

#include <fmt/format.h>

#include <cstdlib>
#include <utility>

#include "calotype/cache.h"
#include "calotype/environment.h"
#include "calotype/plugin.h"

#ifndef CALOTYPE_TORCH_VERSION
#define CALOTYPE_TORCH_VERSION "none"
#define CALOTYPE_TORCH_CUDA 0
#endif

namespace calotype::cli {

namespace fs = std::filesystem;

Session::Session(const GlobalOptions& options)
    : cache_folder_(options.cache_dir.empty() ? default_cache_folder()
                                              : fs::absolute(options.cache_dir)),
      registry_(std::make_shared<Registry>()) {
  std::vector<fs::path> extra;
  for (const std::string& dir : options.plugin_dirs) extra.push_back(fs::absolute(dir));
  const PluginSearch search =
      default_plugin_search(std::move(extra), cache_folder_ / "plugins.json");
  plugin_folders_ = search.directories;
  for (Diagnostic& d : discover_plugins(*registry_, search)) {
    const bool refused = d.severity == Severity::error;
    d.severity = Severity::warning;
    fmt::print(stderr, "{}\n", format(d));
    if (refused) refused_.push_back(std::move(d));
  }
}

EngineOptions Session::engine_options(bool use_cache) const {
  EngineOptions options;
  options.environment = environment();
  if (use_cache && cache_is_on()) options.cache_folder = cache_folder_;
  return options;
}

bool cache_is_on() {
  const char* setting = std::getenv("CALOTYPE_CACHE");
  return !setting || std::string_view(setting) != "off";
}

std::string calotype_version() { return CALOTYPE_VERSION; }
std::string torch_version() { return CALOTYPE_TORCH_VERSION; }

std::string environment() { return run_environment(CALOTYPE_TORCH_VERSION, CALOTYPE_TORCH_CUDA); }

}  // namespace calotype::cli
