#include "checkpoint/dotted_name.h"

#include <algorithm>
#include <charconv>

namespace calotype {

namespace {

constexpr std::size_t kMaxDigits = 4;

std::vector<std::string_view> split(std::string_view text) {
  std::vector<std::string_view> words;
  for (;;) {
    const std::size_t dot = text.find('.');
    words.push_back(text.substr(0, dot));
    if (dot == std::string_view::npos) return words;
    text.remove_prefix(dot + 1);
  }
}

}  // namespace

DottedName::DottedName(std::string_view name) : words_(split(name)) {}

bool DottedName::starts_with(std::string_view pattern) const {
  const std::vector<std::string_view> wanted = split(pattern);
  if (wanted.size() > words_.size()) return false;
  for (std::size_t i = 0; i < wanted.size(); ++i) {
    if (wanted[i] == "*" ? number(i) < 0 : wanted[i] != words_[i]) return false;
  }
  return true;
}

int DottedName::number(std::size_t i) const {
  const std::string_view text = word(i);
  if (text.empty() || text.size() > kMaxDigits ||
      !std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; })) {
    return -1;
  }
  int value = -1;
  std::from_chars(text.data(), text.data() + text.size(), value);
  return value;
}

std::string_view DottedName::word(std::size_t i) const {
  return i < words_.size() ? words_[i] : std::string_view();
}

std::string DottedName::tail(std::size_t i) const {
  std::string out;
  for (; i < words_.size(); ++i) out.append(1, '.').append(words_[i]);
  return out;
}

}  // namespace calotype
