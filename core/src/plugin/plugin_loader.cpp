#include "plugin/plugin_loader.h"

#include <cxxabi.h>
#include <fmt/format.h>

#include <boost/dll/shared_library.hpp>
#include <cstdlib>
#include <exception>
#include <map>
#include <memory>
#include <mutex>
#include <string_view>
#include <utility>

#include "calotype/plugin.h"
#include "plugin/abi.h"
#include "plugin/plugin_error.h"

namespace calotype {

namespace {

using RegisterNodes = void(Registrar&);

struct OpenLibrary {
  FileIdentity identity;
  boost::dll::shared_library handle;
};

struct OpenLibraries {
  std::mutex mutex;
  std::map<std::string, OpenLibrary> by_path;
};

/// Never destroyed: values, exceptions and vtables of a plugin may outlive everything else.
OpenLibraries& open_libraries() {
  static auto* const libraries = new OpenLibraries;
  return *libraries;
}

std::string demangle(const std::string& symbol) {
  int status = 0;
  const std::unique_ptr<char, decltype(&std::free)> text(
      abi::__cxa_demangle(symbol.c_str(), nullptr, nullptr, &status), &std::free);
  return status == 0 && text ? std::string(text.get()) : symbol;
}

/// What the dynamic loader said; the error code and the text around it never help.
std::string loader_text(std::string_view what) {
  constexpr std::string_view kBefore = "(dlerror system message: ";
  const auto begin = what.find(kBefore);
  if (begin == std::string_view::npos) return std::string(what);
  what.remove_prefix(begin + kBefore.size());
  return std::string(what.substr(0, what.rfind(')')));
}

std::string hint_for_symbol(std::string_view name) {
  const auto mentions = [&](std::string_view space) { return name.find(space) != name.npos; };
  if (mentions("at::") || mentions("c10::") || mentions("torch::")) {
    return "usually another libtorch version: rebuild the plugin with the one of this program";
  }
  if (mentions("calotype::")) {
    return "usually another version of Calotype: rebuild the plugin with the one of this program";
  }
  return "link the library that defines it; calotype_add_plugin finds this at build time";
}

Error open_error(const std::filesystem::path& library, const std::string& text) {
  constexpr std::string_view kSymbol = "undefined symbol: ";
  constexpr std::string_view kMissing = ": cannot open shared object file";
  if (const auto at = text.find(kSymbol); at != std::string::npos) {
    const std::string rest = text.substr(at + kSymbol.size());
    const std::string name = demangle(rest.substr(0, rest.find_first_of(", (\n")));
    return plugin_error(library, fmt::format("the library needs {}, which nothing defines", name),
                        hint_for_symbol(name));
  }
  if (const auto at = text.find(kMissing); at != std::string::npos) {
    return plugin_error(
        library,
        fmt::format("the library needs {}, which was not found", quote(text.substr(0, at))),
        "install that library, or build the plugin again");
  }
  return plugin_error(library, "the library could not be opened: " + text, {});
}

/// Opens the library once per process and keeps it for good.
RegisterNodes& open_library(const TrustedFile& file) {
  OpenLibraries& libraries = open_libraries();
  const std::lock_guard lock(libraries.mutex);
  const auto found = libraries.by_path.find(file.path().string());
  if (found != libraries.by_path.end()) {
    // The dynamic loader would hand out the old image under the new name.
    if (found->second.identity != file.identity()) {
      throw plugin_error(file.path(), "the library changed after this program opened it",
                         "start the program again");
    }
    return found->second.handle.get_alias<RegisterNodes>(kRegisterAlias);
  }
  boost::dll::shared_library handle;
  try {
    handle.load(file.path(), boost::dll::load_mode::rtld_now | boost::dll::load_mode::rtld_local);
  } catch (const std::exception& e) {
    throw open_error(file.path(), loader_text(e.what()));
  }
  OpenLibrary& kept = libraries.by_path[file.path().string()];
  kept = {file.identity(), std::move(handle)};
  return kept.handle.get_alias<RegisterNodes>(kRegisterAlias);
}

/// Runs foreign code: whatever it throws becomes an Error that is made here.
void register_plugin(Registry& registry, const PluginInfo& plugin, RegisterNodes& register_nodes) {
  Registrar registrar(plugin);
  try {
    register_nodes(registrar);
    registry.commit(registrar);
  } catch (const Error& e) {
    const auto& all = e.diagnostics();
    if (all.size() != 1) throw registration_error(plugin, e.what(), {});
    throw registration_error(plugin, all.front().what, all.front().hint);
  } catch (const std::exception& e) {
    throw registration_error(plugin, e.what(), "ask the author of the plugin");
  } catch (...) {
    throw registration_error(plugin, "it threw something that is not a std::exception",
                             "ask the author of the plugin");
  }
}

}  // namespace

void check_new_plugin(const Registry& registry, const PluginInfo& plugin) {
  for (const PluginInfo& known : registry.plugins()) {
    if (known.library == plugin.library) {
      if (!known.open) continue;
      throw plugin_error(plugin.library, "the library is loaded already", "name each plugin once");
    }
    if (known.id == plugin.id) {
      throw plugin_error(plugin.library,
                         fmt::format("plugin {} is known already, from {}", quote(plugin.id),
                                     known.library.empty() ? "this program" : quote(known.library)),
                         "remove one of the two");
    }
  }
}

Error registration_error(const PluginInfo& plugin, const std::string& why, std::string hint) {
  return plugin_error(
      plugin.library,
      fmt::format("plugin {} could not register its nodes: {}", quote(plugin.id), why),
      std::move(hint));
}

PluginInfo load_in_steps(Registry& registry, const TrustedFile& file,
                         const std::function<void(LoadStep)>& before) {
  const PluginAbi abi = check_abi(file, check_elf(file));
  PluginInfo plugin{abi.id, abi.version, file.path().string(), true};
  check_new_plugin(registry, plugin);
  before(LoadStep::open);
  RegisterNodes& register_nodes = open_library(file);
  before(LoadStep::register_nodes);
  register_plugin(registry, plugin, register_nodes);
  return plugin;
}

void load_plugin(Registry& registry, const std::filesystem::path& library) {
  load_in_steps(registry, TrustedFile(library), [](LoadStep) {});
}

PluginInfo load_known_plugin(Registry& registry, const std::filesystem::path& library,
                             const FileIdentity& known) {
  const TrustedFile file(library);
  if (file.identity() != known) {
    throw plugin_error(file.path(), "the library changed after its nodes were listed",
                       "start the program again");
  }
  return load_in_steps(registry, file, [](LoadStep) {});
}

}  // namespace calotype
