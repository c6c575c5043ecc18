#pragma once
/// Endings of file names, which may be written in any case.
#include <filesystem>
#include <string>

namespace calotype {

/// The ending of a file name with its dot, in small letters: ".png" for `a/b.PNG`.
inline std::string file_ending(const std::filesystem::path& file) {
  std::string ending = file.extension().string();
  for (char& c : ending) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  return ending;
}

}  // namespace calotype
