#include <cstdlib>
#include <string>

#include "calotype/cache.h"
#include "calotype/error.h"

namespace calotype {

namespace {

/// Relative paths in these variables would depend on the current folder; they are ignored, as the
/// XDG base directory specification asks.
std::filesystem::path absolute_from(const char* variable) {
  const char* text = std::getenv(variable);
  std::filesystem::path path = text ? text : "";
  return path.is_absolute() ? path : std::filesystem::path();
}

std::string why_none() {
  std::string relative;
  for (const char* variable : {"HOME", "XDG_CACHE_HOME"}) {
    const char* text = std::getenv(variable);
    if (!text || !*text) continue;
    relative += std::string(relative.empty() ? "" : ", and ") + variable + " is " + quote(text) +
                ", which is not a full path";
  }
  if (relative.empty()) return "neither HOME nor XDG_CACHE_HOME is set";
  return relative;
}

}  // namespace

std::filesystem::path default_cache_folder() {
  if (const char* own = std::getenv("CALOTYPE_CACHE_DIR"); own && *own) {
    return std::filesystem::absolute(own);
  }
  if (const auto xdg = absolute_from("XDG_CACHE_HOME"); !xdg.empty()) return xdg / "calotype";
  if (const auto home = absolute_from("HOME"); !home.empty()) return home / ".cache" / "calotype";
  throw Error(ErrorCode::io, "no cache folder: " + why_none(), "set CALOTYPE_CACHE_DIR");
}

}  // namespace calotype
