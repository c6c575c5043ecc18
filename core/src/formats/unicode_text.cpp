#include "formats/unicode_text.h"

#include <utf8proc.h>

#include <algorithm>
#include <array>
#include <vector>

#include "formats/utf8.h"

namespace calotype {

namespace {

struct Range {
  char32_t first, last;
};

// What Unicode 15.1 and 16 added, so that an older utf8proc gives the same tokens.
constexpr Range kNewLetters[] = {
    {0x1C89, 0x1C8A},   {0xA7CB, 0xA7CD},   {0xA7DA, 0xA7DC},   {0x105C0, 0x105F3},
    {0x10D4A, 0x10D65}, {0x10D6F, 0x10D85}, {0x10EC2, 0x10EC4}, {0x11380, 0x11389},
    {0x1138B, 0x1138B}, {0x1138E, 0x1138E}, {0x11390, 0x113B5}, {0x113B7, 0x113B7},
    {0x113D1, 0x113D1}, {0x113D3, 0x113D3}, {0x11BC0, 0x11BE0}, {0x13460, 0x143FA},
    {0x16100, 0x1611D}, {0x16D40, 0x16D6C}, {0x18CFF, 0x18CFF}, {0x1E5D0, 0x1E5ED},
    {0x1E5F0, 0x1E5F0}, {0x2EBF0, 0x2EE5D},
};
constexpr Range kNewNumbers[] = {
    {0x10D40, 0x10D49}, {0x116D0, 0x116E3}, {0x11BF0, 0x11BF9}, {0x16130, 0x16139},
    {0x16D70, 0x16D79}, {0x1CCF0, 0x1CCF9}, {0x1E5F1, 0x1E5FA},
};

struct Lower {
  char32_t first, last, lower_of_first;
};
constexpr Lower kNewLower[] = {
    {0x1C89, 0x1C89, 0x1C8A},    {0xA7CB, 0xA7CB, 0x0264}, {0xA7CC, 0xA7CC, 0xA7CD},
    {0xA7CE, 0xA7CE, 0xA7CF},    {0xA7D2, 0xA7D2, 0xA7D3}, {0xA7D4, 0xA7D4, 0xA7D5},
    {0xA7DA, 0xA7DA, 0xA7DB},    {0xA7DC, 0xA7DC, 0x019B}, {0x10D50, 0x10D65, 0x10D70},
    {0x16EA0, 0x16EB8, 0x16EBB},
};

template <class Rows>
auto find_row(const Rows& rows, char32_t c) {
  const auto row = std::find_if(std::begin(rows), std::end(rows),
                                [c](const auto& r) { return c >= r.first && c <= r.last; });
  return row == std::end(rows) ? nullptr : &*row;
}

bool is_space(char32_t c) {
  return (c >= 0x09 && c <= 0x0D) || c == 0x20 || c == 0x85 || c == 0xA0 || c == 0x1680 ||
         (c >= 0x2000 && c <= 0x200A) || c == 0x2028 || c == 0x2029 || c == 0x202F || c == 0x205F ||
         c == 0x3000;
}

int combining_class(char32_t c) {
  return utf8proc_get_property(static_cast<utf8proc_int32_t>(c))->combining_class;
}

/// utf8proc's own ordering takes quadratic time for long runs of marks.
void sort_marks(std::u32string& text) {
  const auto by_class = [](char32_t a, char32_t b) {
    return combining_class(a) < combining_class(b);
  };
  for (auto first = text.begin(); first != text.end();) {
    if (combining_class(*first) == 0) {
      ++first;
      continue;
    }
    const auto last =
        std::find_if(first, text.end(), [](char32_t c) { return combining_class(c) == 0; });
    std::stable_sort(first, last, by_class);
    first = last;
  }
}

std::u32string decompose(std::u32string_view text) {
  // 18 is the longest decomposition of one code point, with room to spare for canonical ones.
  constexpr utf8proc_ssize_t kRoom = 32;
  std::array<utf8proc_int32_t, kRoom> parts{};
  std::u32string out;
  out.reserve(text.size());
  for (const char32_t c : text) {
    int last_boundary = 0;
    const utf8proc_ssize_t n = utf8proc_decompose_char(
        static_cast<utf8proc_int32_t>(c), parts.data(), kRoom, UTF8PROC_DECOMPOSE, &last_boundary);
    if (n <= 0 || n > kRoom) {
      out += c;
    } else {
      out.append(parts.begin(), parts.begin() + n);
    }
  }
  return out;
}

}  // namespace

TextClass classify(char32_t c) {
  if (c < 0x80) {
    if ((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z')) return TextClass::letter;
    if (c >= '0' && c <= '9') return TextClass::number;
    return is_space(c) ? TextClass::space : TextClass::other;
  }
  if (is_space(c)) return TextClass::space;
  switch (utf8proc_category(static_cast<utf8proc_int32_t>(c))) {
    case UTF8PROC_CATEGORY_LU:
    case UTF8PROC_CATEGORY_LL:
    case UTF8PROC_CATEGORY_LT:
    case UTF8PROC_CATEGORY_LM:
    case UTF8PROC_CATEGORY_LO:
      return TextClass::letter;
    case UTF8PROC_CATEGORY_ND:
    case UTF8PROC_CATEGORY_NL:
    case UTF8PROC_CATEGORY_NO:
      return TextClass::number;
    case UTF8PROC_CATEGORY_CN:
      if (find_row(kNewLetters, c)) return TextClass::letter;
      return find_row(kNewNumbers, c) ? TextClass::number : TextClass::other;
    default:
      return TextClass::other;
  }
}

void append_lower(std::u32string& out, char32_t c) {
  if (c < 0x80) {
    out += c >= 'A' && c <= 'Z' ? c + 0x20 : c;
  } else if (c == 0x130) {
    out += U"i\u0307";
  } else if (const Lower* row = find_row(kNewLower, c)) {
    out += row->lower_of_first + (c - row->first);
  } else {
    out += static_cast<char32_t>(utf8proc_tolower(static_cast<utf8proc_int32_t>(c)));
  }
}

std::u32string decode_utf8(std::string_view text) {
  std::u32string out;
  out.reserve(text.size());
  for (std::size_t pos = 0; pos < text.size();) {
    const char32_t c = next_code_point(text, pos);
    out += c == kInvalid ? kReplacement : c;
  }
  return out;
}

std::u32string to_nfc(std::u32string text) {
  constexpr char32_t kFirstThatMayChange = 0x300;
  if (std::ranges::all_of(text, [](char32_t c) { return c < kFirstThatMayChange; })) return text;
  const std::u32string parts = [&text] {
    std::u32string p = decompose(text);
    sort_marks(p);
    return p;
  }();
  std::vector<utf8proc_int32_t> buffer(parts.begin(), parts.end());
  const utf8proc_ssize_t n =
      utf8proc_normalize_utf32(buffer.data(), static_cast<utf8proc_ssize_t>(buffer.size()),
                               static_cast<utf8proc_option_t>(UTF8PROC_COMPOSE | UTF8PROC_STABLE));
  if (n < 0) return text;
  return {buffer.begin(), buffer.begin() + n};
}

}  // namespace calotype
