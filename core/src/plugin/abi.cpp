#include "plugin/abi.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstddef>
#include <cstring>
#include <string_view>

#include "calotype/plugin_entry.h"
#include "plugin/plugin_error.h"

namespace calotype {

namespace {

constexpr char kRebuild[] = "rebuild it with the Calotype that this program belongs to";

/// Everything up to the API number has the same layout in every API.
constexpr std::size_t kCommonPart = offsetof(PluginAbi, torch);

template <std::size_t N>
bool is_text(const char (&field)[N]) {
  return field[0] != '\0' && std::memchr(field, '\0', N) != nullptr;
}

/// Control characters must not reach the user's terminal.
std::string printable(const char* field) {
  std::string text = field;
  for (char& c : text) {
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) c = '?';
  }
  return text;
}

PluginAbi read_tag(const TrustedFile& file, const ElfFacts& facts) {
  if (facts.tag.empty()) {
    throw plugin_error(file.path(), "this library is not a Calotype plugin: it has no plugin tag",
                       "a plugin says CALOTYPE_PLUGIN once and is built with calotype_add_plugin");
  }
  PluginAbi abi{};
  if (facts.tag.size() >= kCommonPart) std::memcpy(&abi, facts.tag.data(), kCommonPart);
  if (abi.magic != kPluginMagic) {
    throw plugin_error(file.path(), "the plugin tag is damaged", "copy or build the plugin again");
  }
  if (abi.api != kPluginApi) {
    throw plugin_error(file.path(),
                       fmt::format("the plugin was built for plugin API {}, this program has {}",
                                   abi.api, kPluginApi),
                       kRebuild);
  }
  if (abi.struct_size != sizeof(PluginAbi) || facts.tag.size() < sizeof(PluginAbi)) {
    throw plugin_error(file.path(), "the plugin tag is damaged", "copy or build the plugin again");
  }
  std::memcpy(&abi, facts.tag.data(), sizeof abi);
  if (!is_text(abi.torch) || !is_text(abi.cxx) || !is_text(abi.id) || !is_text(abi.version)) {
    throw plugin_error(file.path(), "the plugin tag is damaged", "copy or build the plugin again");
  }
  return abi;
}

void check_torch(const TrustedFile& file, const PluginAbi& abi) {
  const std::string_view torch = abi.torch;
  const std::string_view host = CALOTYPE_HOST_TORCH;
  if (torch == "none" || torch == host) return;
  throw plugin_error(file.path(),
                     fmt::format("the plugin was built for torch {}, this program uses {}",
                                 printable(abi.torch), host == "none" ? "no torch" : host),
                     kRebuild);
}

void check_exports(const TrustedFile& file, const ElfFacts& facts) {
  for (const char* name : {kAbiAlias, kRegisterAlias}) {
    if (std::find(facts.exports.begin(), facts.exports.end(), name) != facts.exports.end())
      continue;
    throw plugin_error(file.path(), fmt::format("the plugin does not export {}", name),
                       "a plugin says CALOTYPE_PLUGIN once and is built with calotype_add_plugin");
  }
}

}  // namespace

PluginAbi check_abi(const TrustedFile& file, const ElfFacts& facts) {
  const PluginAbi abi = read_tag(file, facts);
  check_torch(file, abi);
  if (std::string_view(abi.cxx) != kCxxFamily) {
    throw plugin_error(
        file.path(),
        fmt::format("the plugin was built with the C++ library {}, this program with {}",
                    printable(abi.cxx), kCxxFamily),
        kRebuild);
  }
  check_exports(file, facts);
  return abi;
}

std::string build_identity() {
  return fmt::format("{}, plugin API {}, torch {}", CALOTYPE_VERSION, kPluginApi,
                     CALOTYPE_HOST_TORCH);
}

}  // namespace calotype
