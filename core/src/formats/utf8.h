#pragma once
// Strict UTF-8: no overlong forms, no surrogates, nothing above U+10FFFF.
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace calotype {

inline constexpr char32_t kReplacement = 0xFFFD;
inline constexpr char32_t kInvalid = 0xFFFFFFFF;

/// Reads the code point at `pos` and moves `pos` behind it. Returns kInvalid and moves behind the
/// longest prefix of a legal sequence (at least one byte) when the bytes are not UTF-8.
char32_t next_code_point(std::string_view text, std::size_t& pos);

/// Offset of the first byte that is not UTF-8.
std::optional<std::size_t> find_invalid_utf8(std::string_view text);

void append_utf8(std::string& out, char32_t code_point);

}  // namespace calotype
