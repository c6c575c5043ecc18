#include <algorithm>
#include <cstdlib>
#include <set>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>

#include "calotype/error.h"
#include "calotype/plugin.h"
#include "calotype/schema_json.h"
#include "plugin/plugin_error.h"
#include "plugin/plugin_loader.h"
#include "plugin/registry_cache.h"
#include "plugin/trusted_file.h"

namespace calotype {

namespace {

namespace fs = std::filesystem;

/// Libraries of one folder by name. Throws Error(plugin).
std::vector<fs::path> libraries_in(const fs::path& folder) {
  if (!folder.is_absolute()) {
    throw plugin_error(folder, "a plugin folder must be given by its full path",
                       "plugins are never looked for relative to the current folder");
  }
  std::error_code error;
  std::vector<fs::path> found;
  for (fs::directory_iterator it(folder, error), end; !error && it != end; it.increment(error)) {
    if (it->path().extension() == ".so") found.push_back(it->path());
  }
  if (error) {
    throw plugin_error(folder, "the plugin folder cannot be read: " + error.message(),
                       "create the folder, or do not name it");
  }
  std::sort(found.begin(), found.end());
  return found;
}

/// Makes plugins known, from memory where that is possible.
class Discovery {
 public:
  Discovery(Registry& registry, const fs::path& cache) : registry_(registry), cache_(cache) {}

  void visit(const fs::path& library) {
    const TrustedFile file(library);
    if (!seen_.insert(file.path().string()).second || is_known(file.path())) return;
    if (const RegistryCache::Entry* entry = cache_.find(file.path(), file.identity())) {
      if (recall(*entry)) return;
    }
    cache_.forget(file.path());
    const PluginInfo plugin = load_known_plugin(registry_, file.path(), file.identity());
    std::vector<const NodeSchema*> schemas = registry_.schemas();
    std::erase_if(schemas, [&](const NodeSchema* s) { return s->plugin != plugin.id; });
    cache_.remember({file.identity(), plugin, schemas_to_json(schemas)});
  }

  void save() { cache_.save(); }

 private:
  bool is_known(const fs::path& library) const {
    const auto all = registry_.plugins();
    return std::any_of(all.begin(), all.end(),
                       [&](const PluginInfo& p) { return p.library == library.string(); });
  }

  /// False when the remembered text cannot be read.
  bool recall(const RegistryCache::Entry& entry) {
    std::vector<NodeSchema> schemas;
    try {
      schemas = schemas_from_json(entry.schemas);
    } catch (const Error&) {
      return false;
    }
    PluginInfo plugin = entry.plugin;
    plugin.open = false;
    try {
      registry_.commit_lazy(plugin, std::move(schemas),
                            [&registry = registry_, library = fs::path(plugin.library),
                             known = entry.file] { load_known_plugin(registry, library, known); });
    } catch (const Error& e) {
      throw plugin_error(plugin.library,
                         "plugin " + quote(plugin.id) +
                             " could not register its nodes: " + e.diagnostics().front().what,
                         e.diagnostics().front().hint);
    }
    return true;
  }

  Registry& registry_;
  RegistryCache cache_;
  std::set<std::string> seen_;
};

template <class Step>
void collect(std::vector<Diagnostic>& problems, Step step) {
  try {
    step();
  } catch (const Error& e) {
    problems.insert(problems.end(), e.diagnostics().begin(), e.diagnostics().end());
  }
}

}  // namespace

PluginSearch default_plugin_search(std::vector<fs::path> extra, fs::path registry_cache) {
  PluginSearch search{std::move(extra), std::move(registry_cache)};
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
  const fs::path program = fs::read_symlink("/proc/self/exe", error);
  if (!error) {
    const fs::path installed = program.parent_path().parent_path() / "lib/calotype/plugins";
    if (fs::is_directory(installed, error)) search.directories.push_back(installed);
  }
  return search;
}

std::vector<Diagnostic> discover_plugins(Registry& registry, const PluginSearch& search) {
  std::vector<Diagnostic> problems;
  Discovery discovery(registry, search.registry_cache);
  for (const fs::path& folder : search.directories) {
    collect(problems, [&] {
      for (const fs::path& library : libraries_in(folder)) {
        collect(problems, [&] { discovery.visit(library); });
      }
    });
  }
  const std::size_t before = problems.size();
  collect(problems, [&] { discovery.save(); });
  // Plugins work without their being remembered.
  for (std::size_t i = before; i < problems.size(); ++i) problems[i].severity = Severity::warning;
  return problems;
}

}  // namespace calotype
