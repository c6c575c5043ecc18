#pragma once
/// The shapes of names in graph files.
#include <algorithm>
#include <optional>
#include <string_view>
#include <utility>

namespace calotype {

/// `[a-z][a-z0-9_]*`: node ids and names of graph inputs and outputs.
inline bool is_name(std::string_view text) {
  const auto small = [](char c) { return c >= 'a' && c <= 'z'; };
  return !text.empty() && small(text[0]) && std::all_of(text.begin(), text.end(), [&](char c) {
    return small(c) || (c >= '0' && c <= '9') || c == '_';
  });
}

/// Splits "node.port"; nothing when it is not two names around one dot.
inline std::optional<std::pair<std::string_view, std::string_view>> split_link(
    std::string_view text) {
  const std::size_t dot = text.find('.');
  if (dot == std::string_view::npos || dot == 0 || dot + 1 == text.size()) return {};
  if (text.find('.', dot + 1) != std::string_view::npos) return {};
  return std::pair(text.substr(0, dot), text.substr(dot + 1));
}

}  // namespace calotype
