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

namespace {

/// Without a place for the cache everything works; it only takes longer.
fs::path cache_folder_of(const GlobalOptions& options, bool use_cache) {
  if (!options.cache_dir.empty()) return fs::absolute(options.cache_dir);
  try {
    return default_cache_folder();
  } catch (const Error& error) {
    for (Diagnostic d : error.diagnostics()) {
      d.severity = Severity::warning;
      if (use_cache) fmt::print(stderr, "{}\n", format(d));
    }
    return {};
  }
}

PluginSearch plugin_search(const GlobalOptions& options, const fs::path& memory) {
  std::vector<fs::path> extra;
  for (const std::string& dir : options.plugin_dirs) extra.push_back(fs::absolute(dir));
  return default_plugin_search(std::move(extra), memory);
}

}  // namespace

Session::Session(const GlobalOptions& options, bool use_cache)
    : cache_folder_(cache_folder_of(options, use_cache)), registry_(std::make_shared<Registry>()) {
  const fs::path memory = cache_folder_.empty() ? fs::path() : cache_folder_ / "plugins.json";
  for (Diagnostic& d : discover_plugins(*registry_, plugin_search(options, memory))) {
    const bool refused = d.severity == Severity::error;
    d.severity = Severity::warning;
    fmt::print(stderr, "{}\n", format(d));
    if (refused) refused_.push_back(std::move(d));
  }
}

std::vector<fs::path> plugin_folders(const GlobalOptions& options) {
  return plugin_search(options, {}).directories;
}

EngineOptions Session::engine_options(bool use_cache) const {
  EngineOptions options;
  options.environment = environment();
  if (use_cache && cache_is_on()) options.cache_folder = cache_folder_;
  return options;
}

int exit_code_of(const Error& error) {
  switch (error.code()) {
    case ErrorCode::graph:
      return kBadRequest;
    case ErrorCode::plugin:
      return kPluginRefused;
    case ErrorCode::cancelled:
      return kCancelled;
    case ErrorCode::io:
    case ErrorCode::run:
    case ErrorCode::internal:
      break;
  }
  return kRunFailed;
}

bool cache_is_on() {
  const char* setting = std::getenv("CALOTYPE_CACHE");
  return !setting || std::string_view(setting) != "off";
}

std::string calotype_version() { return CALOTYPE_VERSION; }
std::string torch_version() { return CALOTYPE_TORCH_VERSION; }

std::string environment() { return run_environment(CALOTYPE_TORCH_VERSION, CALOTYPE_TORCH_CUDA); }

}  // namespace calotype::cli
