#include "formats/utf8.h"

namespace calotype {

namespace {

struct Lead {
  int more;                 // continuation bytes
  unsigned char low, high;  // range of the first of them
};

/// Table 3-7 of the Unicode standard, "Well-Formed UTF-8 Byte Sequences".
Lead lead_of(unsigned char c) {
  if (c >= 0xC2 && c <= 0xDF) return {1, 0x80, 0xBF};
  if (c == 0xE0) return {2, 0xA0, 0xBF};
  if (c == 0xED) return {2, 0x80, 0x9F};
  if (c >= 0xE1 && c <= 0xEF) return {2, 0x80, 0xBF};
  if (c == 0xF0) return {3, 0x90, 0xBF};
  if (c >= 0xF1 && c <= 0xF3) return {3, 0x80, 0xBF};
  if (c == 0xF4) return {3, 0x80, 0x8F};
  return {0, 0, 0};
}

}  // namespace

char32_t next_code_point(std::string_view text, std::size_t& pos) {
  const auto first = static_cast<unsigned char>(text[pos++]);
  if (first < 0x80) return first;
  const Lead lead = lead_of(first);
  if (lead.more == 0) return kInvalid;
  char32_t value = first & (0x3Fu >> lead.more);
  for (int i = 0; i < lead.more; ++i) {
    if (pos >= text.size()) return kInvalid;
    const auto c = static_cast<unsigned char>(text[pos]);
    if (c < (i == 0 ? lead.low : 0x80) || c > (i == 0 ? lead.high : 0xBF)) return kInvalid;
    value = (value << 6) | (c & 0x3Fu);
    ++pos;
  }
  return value;
}

std::optional<std::size_t> find_invalid_utf8(std::string_view text) {
  for (std::size_t pos = 0; pos < text.size();) {
    const std::size_t start = pos;
    if (next_code_point(text, pos) == kInvalid) return start;
  }
  return std::nullopt;
}

void append_utf8(std::string& out, char32_t c) {
  const auto tail = [c](int shift) { return static_cast<char>(0x80 | ((c >> shift) & 0x3F)); };
  if (c < 0x80) {
    out += static_cast<char>(c);
  } else if (c < 0x800) {
    out += static_cast<char>(0xC0 | (c >> 6));
    out += tail(0);
  } else if (c < 0x10000) {
    out += static_cast<char>(0xE0 | (c >> 12));
    out += tail(6);
    out += tail(0);
  } else {
    out += static_cast<char>(0xF0 | (c >> 18));
    out += tail(12);
    out += tail(6);
    out += tail(0);
  }
}

}  // namespace calotype
