#pragma once
// Strict UTF-8: no overlong forms, no surrogates, nothing above U+10FFFF.
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "calotype/utf8.h"

namespace calotype {

inline constexpr char32_t kReplacement = 0xFFFD;
inline constexpr char32_t kInvalid = 0xFFFFFFFF;

/// Reads the code point at `pos` and moves `pos` behind it. Returns kInvalid and moves behind the
/// longest prefix of a legal sequence (at least one byte) when the bytes are not UTF-8.
char32_t next_code_point(std::string_view text, std::size_t& pos);

/// Bytes of the character that starts at `at`, or 0 when it is malformed. `at` < text.size().
inline std::size_t utf8_length(std::string_view text, std::size_t at) {
  std::size_t end = at;
  return next_code_point(text, end) == kInvalid ? 0 : end - at;
}

void append_utf8(std::string& out, char32_t code_point);

}  // namespace calotype
