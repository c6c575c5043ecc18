#pragma once
#include <filesystem>
#include <string>
#include <utility>

#include "calotype/error.h"

namespace calotype {

/// A problem with one plugin's file.
inline Error plugin_error(const std::filesystem::path& file, std::string what, std::string hint) {
  Diagnostic d;
  d.file = file.string();
  d.what = std::move(what);
  d.hint = std::move(hint);
  return Error(ErrorCode::plugin, {std::move(d)});
}

}  // namespace calotype
