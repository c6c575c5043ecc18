#include <algorithm>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <system_error>
#include <utility>

#include "calotype/error.h"
#include "calotype/plugin.h"
#include "calotype/schema_json.h"
#include "plugin/abi.h"
#include "plugin/plugin_error.h"
#include "plugin/plugin_loader.h"
#include "plugin/plugin_scan.h"
#include "plugin/quarantine.h"
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

template <class Step>
void collect(std::vector<Diagnostic>& problems, Step step) {
  try {
    step();
  } catch (const Error& e) {
    problems.insert(problems.end(), e.diagnostics().begin(), e.diagnostics().end());
  }
}

/// Makes plugins known: first finds all libraries, then has the unknown ones scanned together, then
/// registers all in the order in which they were found.
class Discovery {
 public:
  Discovery(Registry& registry, const PluginSearch& search)
      : registry_(registry),
        search_(search),
        cache_(search.registry_cache),
        quarantine_(search.registry_cache.empty()
                        ? fs::path()
                        : search.registry_cache.parent_path() / "quarantine.json") {}

  std::vector<Diagnostic> run() {
    for (const fs::path& folder : search_.directories) {
      collect(new_problems(), [&] {
        for (const fs::path& library : libraries_in(folder)) {
          collect(new_problems(), [&] { find(library, folder == search_.installed); });
        }
      });
    }
    scan();
    std::vector<Diagnostic> problems;
    for (const auto& item : items_) {
      collect(item->problems, [&] { make_known(*item); });
      problems.insert(problems.end(), item->problems.begin(), item->problems.end());
    }
    const std::size_t before = problems.size();
    collect(problems, [&] { cache_.save(); });
    collect(problems, [&] { quarantine_.save(); });
    // Plugins work without their being remembered.
    for (std::size_t i = before; i < problems.size(); ++i) problems[i].severity = Severity::warning;
    return problems;
  }

 private:
  /// A library, or only a place in the order of problems.
  struct Item {
    std::vector<Diagnostic> problems;
    std::unique_ptr<const TrustedFile> file;
    std::optional<RegistryCache::Entry> entry;  ///< what it declares, once that is known
    std::vector<NodeSchema> schemas;            ///< the same, read
    bool unknown = false;                       ///< must be scanned
    bool installed = false;                     ///< with the program
  };

  std::vector<Diagnostic>& new_problems() {
    items_.push_back(std::make_unique<Item>());
    return items_.back()->problems;
  }

  void find(const fs::path& library, bool installed) {
    Item& item = *items_.back();
    item.installed = installed;
    auto file = std::make_unique<const TrustedFile>(library);
    if (!seen_.insert(file->path().string()).second || is_known(file->path())) return;
    item.file = std::move(file);
    const RegistryCache::Entry* entry = cache_.find(item.file->path(), item.file->identity());
    if (entry && read_schemas(item, *entry)) return;
    cache_.forget(item.file->path());
    check_abi(*item.file, check_elf(*item.file));
    quarantine_.check(*item.file);
    item.unknown = true;
  }

  bool is_known(const fs::path& library) const {
    const auto all = registry_.plugins();
    return std::any_of(all.begin(), all.end(),
                       [&](const PluginInfo& p) { return p.library == library.string(); });
  }

  /// False when the text cannot be read.
  static bool read_schemas(Item& item, const RegistryCache::Entry& entry) {
    try {
      item.schemas = schemas_from_json(entry.schemas);
    } catch (const Error&) {
      return false;
    }
    item.entry = entry;
    return true;
  }

  void scan() {
    std::vector<Item*> unknown;
    std::vector<fs::path> libraries;
    for (const auto& item : items_) {
      if (!item->unknown) continue;
      unknown.push_back(item.get());
      libraries.push_back(item->file->path());
    }
    if (unknown.empty()) return;
    std::optional<std::vector<ScanVerdict>> verdicts;
    try {
      verdicts = scan_plugins(libraries);
    } catch (const Error& e) {
      // No process could be started. To load the plugins here would be to trust them after all.
      for (Item* item : unknown) {
        item->unknown = false;
        collect(item->problems, [&] {
          throw plugin_error(item->file->path(), "the plugin was not scanned: " + first_what(e),
                             e.diagnostics().front().hint);
        });
      }
      return;
    }
    if (!verdicts) return;
    for (std::size_t i = 0; i < unknown.size(); ++i) {
      unknown[i]->unknown = false;
      collect(unknown[i]->problems, [&] { take(*unknown[i], (*verdicts)[i]); });
    }
  }

  static std::string first_what(const Error& e) { return e.diagnostics().front().what; }

  void take(Item& item, const ScanVerdict& verdict) {
    const fs::path& library = item.file->path();
    if (!verdict.died.empty()) {
      quarantine_.add(*item.file, verdict.died);
      throw quarantine_.refusal(library, verdict.died);
    }
    if (verdict.refused) throw *verdict.refused;
    const ScannedPlugin& scanned = *verdict.plugin;
    RegistryCache::Entry entry{scanned.file, scanned.plugin, scanned.schemas};
    if (entry.file != item.file->identity() || entry.plugin.library != library.string() ||
        !read_schemas(item, entry)) {
      throw plugin_error(library, "the library changed while it was scanned",
                         "start the program again");
    }
    if (!item.installed) entry.schemas = with_code(item);
    cache_.remember(std::move(entry));
    if (scanned.threads == 0) return;
    Diagnostic warning;
    warning.severity = Severity::warning;
    warning.file = library.string();
    warning.what =
        "plugin " + quote(scanned.plugin.id) + " left " + std::to_string(scanned.threads) +
        (scanned.threads == 1 ? " thread" : " threads") + " running after it registered its nodes";
    warning.hint = "a plugin starts threads while a node runs, and ends them before that node ends";
    item.problems.push_back(std::move(warning));
  }

  /// The schemas with the library's digest, in `item` and as a text.
  static std::string with_code(Item& item) {
    const std::string digest = item.file->digest();
    std::vector<const NodeSchema*> schemas;
    for (NodeSchema& schema : item.schemas) {
      schema.code = digest;
      schemas.push_back(&schema);
    }
    return schemas_to_json(schemas);
  }

  void make_known(Item& item) {
    if (item.unknown) {
      load_here(item);
    } else if (item.entry) {
      register_closed(item);
    }
  }

  /// Without the program that scans, as in tests of the engine alone.
  void load_here(const Item& item) {
    const FileIdentity& identity = item.file->identity();
    const PluginInfo plugin = load_known_plugin(registry_, item.file->path(), identity);
    std::vector<const NodeSchema*> schemas = registry_.schemas();
    std::erase_if(schemas, [&](const NodeSchema* s) { return s->plugin != plugin.id; });
    cache_.remember({identity, plugin, schemas_to_json(schemas)});
  }

  void register_closed(Item& item) {
    PluginInfo plugin = item.entry->plugin;
    plugin.open = false;
    check_new_plugin(registry_, plugin);
    try {
      registry_.commit_lazy(
          plugin, std::move(item.schemas),
          [&registry = registry_, library = fs::path(plugin.library), known = item.entry->file] {
            load_known_plugin(registry, library, known);
          });
    } catch (const Error& e) {
      throw registration_error(plugin, first_what(e), e.diagnostics().front().hint);
    }
  }

  Registry& registry_;
  const PluginSearch& search_;
  RegistryCache cache_;
  Quarantine quarantine_;
  std::set<std::string> seen_;
  std::vector<std::unique_ptr<Item>> items_;
};

}  // namespace

std::vector<Diagnostic> discover_plugins(Registry& registry, const PluginSearch& search) {
  return Discovery(registry, search).run();
}

}  // namespace calotype
