#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <initializer_list>

#include "calotype/error.h"
#include "plugin_project.h"

namespace calotype::cli {

namespace {

constexpr std::size_t kLongest = 63;  // bytes of a plugin id

bool is_part(std::string_view text) {
  const auto small = [](char c) { return c >= 'a' && c <= 'z'; };
  return !text.empty() && small(text.front()) && std::all_of(text.begin(), text.end(), [&](char c) {
    return small(c) || (c >= '0' && c <= '9') || c == '_' || c == '-';
  });
}

std::string with_underscores(std::string text) {
  std::replace(text.begin(), text.end(), '-', '_');
  return text;
}

/// soft-glow -> SoftGlow
std::string struct_name(std::string_view text) {
  std::string out;
  bool starts_word = true;
  for (const char c : text) {
    const bool separates = c == '-' || c == '_';
    if (!separates) {
      out += starts_word ? static_cast<char>(std::toupper(static_cast<unsigned char>(c))) : c;
    }
    starts_word = separates;
  }
  return out;
}

/// The nearest name that is allowed, for the hint; "" when there is none.
std::string mended(std::string_view name) {
  std::string out;
  for (const char c : name) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte >= 0x80) return {};
    out += std::isalnum(byte) || c == '.' || c == '_' ? static_cast<char>(std::tolower(byte)) : '-';
  }
  const std::size_t dot = out.find('.');
  if (dot == out.npos) out.insert(0, "example.");
  const std::size_t split = out.find('.');
  const bool fits = is_part(std::string_view(out).substr(0, split)) &&
                    is_part(std::string_view(out).substr(split + 1)) && out.size() <= kLongest;
  return fits ? out : "";
}

}  // namespace

PluginNames plugin_names(const std::string& name, bool with_torch) {
  const std::size_t dot = name.find('.');
  const std::string vendor = name.substr(0, dot);
  const std::string own = dot == name.npos ? "" : name.substr(dot + 1);
  if (!is_part(vendor) || !is_part(own) || name.size() > kLongest) {
    Diagnostic d;
    d.what = "new-plugin";
    d.expected = fmt::format(
        "VENDOR.NAME, each of small letters, digits, _ and -, a letter first, {} bytes at most",
        kLongest);
    d.got = quote(name);
    const std::string better = mended(name);
    if (!better.empty()) d.hint = "calotype new-plugin " + better;
    throw Error(ErrorCode::graph, {std::move(d)});
  }
  PluginNames names;
  names.vendor = with_underscores(vendor);
  names.id = names.vendor + "." + own;
  names.folder = own;
  names.target = vendor + "-" + own;
  names.file = with_underscores(own);
  names.node = struct_name(own);
  names.node_type = names.vendor + "." + names.node;
  names.space = names.vendor + "_plugin";
  if (names.vendor == "calotype") {
    throw Error(ErrorCode::graph, "new-plugin: the vendor \"calotype\" is Calotype itself",
                "put your own name or your project's in front");
  }
  for (const char* taken : {"Inputs", "Params", "Outputs", "Text"}) {
    if (names.node != taken || (with_torch && names.node == "Text")) continue;
    throw Error(ErrorCode::graph,
                fmt::format("new-plugin: a node's struct cannot be called {}: its members or the "
                            "port type of the example are",
                            taken),
                "take another name than " + quote(own));
  }
  return names;
}

}  // namespace calotype::cli
