#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <string_view>
#include <system_error>
#include <utility>

#include "calotype/plugin.h"

namespace calotype {

PluginSearch default_plugin_search(std::vector<std::filesystem::path> extra,
                                   std::filesystem::path registry_cache) {
  PluginSearch search{std::move(extra), std::move(registry_cache), {}};
  // Ignored in programs that run with more rights than their caller.
  if (const char* listed = ::secure_getenv("CALOTYPE_PLUGIN_PATH")) {
    std::string_view rest = listed;
    while (!rest.empty()) {
      const auto end = std::min(rest.find(':'), rest.size());
      if (end > 0) search.directories.emplace_back(rest.substr(0, end));
      rest.remove_prefix(std::min(end + 1, rest.size()));
    }
  }
  std::error_code error;
  const auto program = std::filesystem::read_symlink("/proc/self/exe", error);
  if (!error) {
    const auto installed = program.parent_path().parent_path() / "lib/calotype/plugins";
    if (std::filesystem::is_directory(installed, error)) {
      search.directories.push_back(installed);
      search.installed = installed;
    }
  }
  return search;
}

}  // namespace calotype
