#pragma once
// Character properties and normalisation, as the tokenizers of Hugging Face have them.
#include <string>
#include <string_view>

namespace calotype {

enum class TextClass { space, letter, number, other };

/// `\s`, `\p{L}`, `\p{N}` or none of them.
TextClass classify(char32_t);

/// Lower case of one code point, whatever stands around it: no final sigma. U+0130 gives two.
void append_lower(std::u32string& out, char32_t);

/// Code points of a text; bytes that are not UTF-8 become U+FFFD.
std::u32string decode_utf8(std::string_view text);

/// Normalisation form C. Time is n log n for any run of combining marks.
std::u32string to_nfc(std::u32string text);

}  // namespace calotype
