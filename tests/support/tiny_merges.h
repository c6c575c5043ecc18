#pragma once
#include <string>
#include <unordered_set>
#include <vector>

namespace calotype::test {

/// Lines of a `merges.txt` of the right length: a few merges that make words, then pairs of bytes.
inline std::vector<std::string> merge_lines() {
  std::vector<std::string> lines = {"#version: 0.2", "a b", "ab ab",    "c a",
                                    "ca t</w>",      "d o", "do g</w>", "' s</w>"};
  const std::unordered_set<std::string> taken(lines.begin(), lines.end());
  std::vector<std::string> symbols;
  for (char c = '!'; c <= '~'; ++c) symbols.emplace_back(1, c);
  for (int c = 0xA1; c <= 0xFF; ++c) {
    if (c == 0xAD) continue;
    symbols.push_back({static_cast<char>(0xC0 | (c >> 6)), static_cast<char>(0x80 | (c & 0x3F))});
  }
  for (const char* end : {"</w>", ""}) {
    for (const std::string& left : symbols) {
      for (const std::string& right : symbols) {
        if (lines.size() == 48'895) return lines;
        std::string line = left + " " + right + end;
        // Letters keep to the merges above, so that tests can foresee them.
        const bool letters = left[0] >= 'a' && left[0] <= 'z' && right[0] >= 'a' && right[0] <= 'z';
        if (!letters && !taken.contains(line)) lines.push_back(std::move(line));
      }
    }
  }
  return lines;
}

inline std::string join_lines(const std::vector<std::string>& lines) {
  std::string text;
  for (const std::string& line : lines) text += line + "\n";
  return text;
}

}  // namespace calotype::test
