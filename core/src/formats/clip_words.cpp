#include "formats/clip_words.h"

#include <string>

#include "formats/unicode_text.h"
#include "formats/utf8.h"

namespace calotype {

namespace {

constexpr std::u32string_view kEndings[] = {U"'s", U"'t", U"'re", U"'ve", U"'m", U"'ll", U"'d"};

// A special token that appeared only by lower-casing is no token any more: its text is cut at the
// letters.
constexpr std::u32string_view kMarkers[] = {U"<|startoftext|>", U"<|endoftext|>"};
constexpr std::size_t kBracket = 2;

std::u32string_view marker_at(std::u32string_view rest) {
  for (const std::u32string_view marker : kMarkers) {
    if (rest.starts_with(marker)) return marker;
  }
  return {};
}

std::size_t run_length(std::u32string_view rest, TextClass wanted) {
  std::size_t n = 1;
  while (n < rest.size() && classify(rest[n]) == wanted) ++n;
  return n;
}

std::size_t word_length(std::u32string_view rest, TextClass first) {
  if (first == TextClass::number) return 1;
  if (rest[0] == U'\'') {
    for (const std::u32string_view ending : kEndings) {
      if (rest.starts_with(ending)) return ending.size();
    }
  }
  return run_length(rest, first);
}

}  // namespace

void for_each_clip_word(std::string_view text, const std::function<void(std::string_view)>& use) {
  std::u32string lower;
  for (const char32_t c : to_nfc(decode_utf8(text))) append_lower(lower, c);
  std::u32string_view rest = lower;
  std::string word;
  const auto take = [&](std::size_t n) {
    word.clear();
    for (const char32_t c : rest.substr(0, n)) append_utf8(word, c);
    rest.remove_prefix(n);
    use(word);
  };
  while (!rest.empty()) {
    const TextClass first = classify(rest[0]);
    const std::u32string_view marker = marker_at(rest);
    if (first == TextClass::space) {
      rest.remove_prefix(1);
    } else if (!marker.empty()) {
      take(kBracket);
      take(marker.size() - 2 * kBracket);
      take(kBracket);
    } else {
      take(word_length(rest, first));
    }
  }
}

}  // namespace calotype
