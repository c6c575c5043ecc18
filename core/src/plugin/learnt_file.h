#pragma once
/// What was learnt of plugins, kept in a JSON file for the next process.
#include <cstdint>
#include <filesystem>
#include <nlohmann/json_fwd.hpp>
#include <string>

namespace calotype {

/// One such file. Not thread-safe; several processes may write it, the last one wins.
struct LearntFile {
  std::filesystem::path path;  ///< empty: nothing is kept
  std::string kind;            ///< names the format, such as "calotype_plugins"
  int format = 1;
  std::string rows;  ///< key of the array
  std::uintmax_t max_bytes = 0;

  /// The rows; none when the file is missing, too large, damaged or of another build.
  nlohmann::json read() const;
  /// Throws Error(io).
  void write(nlohmann::json rows) const;
};

}  // namespace calotype
