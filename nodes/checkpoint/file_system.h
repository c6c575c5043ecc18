#pragma once
/// What is at a path, without exceptions: an unreadable or absent path is neither.
#include <filesystem>
#include <system_error>

namespace calotype {

inline bool is_file(const std::filesystem::path& path) {
  std::error_code ignored;
  return std::filesystem::is_regular_file(path, ignored);
}

inline bool is_folder(const std::filesystem::path& path) {
  std::error_code ignored;
  return std::filesystem::is_directory(path, ignored);
}

}  // namespace calotype
