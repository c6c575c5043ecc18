#include "formats/json_scan.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <charconv>

#include "calotype/error.h"
#include "formats/utf8.h"

namespace calotype {

namespace {

constexpr std::size_t kMaxQuoted = 40;  ///< bytes of the user's text repeated in a message

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_word(char c) { return std::isalnum(static_cast<unsigned char>(c)) || c == '_'; }

std::string shortened(std::string_view text) {
  if (text.size() <= kMaxQuoted) return std::string(text);
  std::size_t end = kMaxQuoted;
  while (end > 0 && (static_cast<unsigned char>(text[end]) >> 6) == 2) --end;  // whole characters
  return std::string(text.substr(0, end)) + "...";
}

}  // namespace

std::string too_long(std::string_view what, std::string_view text, std::size_t limit) {
  return fmt::format("the {} {} is too long: {} bytes, at most {}", what, quote(shortened(text)),
                     text.size(), limit);
}

char JsonScanner::peek() {
  while (at_ < text_.size() &&
         (text_[at_] == ' ' || text_[at_] == '\n' || text_[at_] == '\r' || text_[at_] == '\t')) {
    ++at_;
  }
  return at_ < text_.size() ? text_[at_] : '\0';
}

bool JsonScanner::skip_word(std::string_view word) {
  if (text_.substr(at_, word.size()) != word) return false;
  const std::size_t end = at_ + word.size();
  if (end < text_.size() && is_word(text_[end])) return false;
  at_ = end;
  return true;
}

std::string JsonScanner::found() const {
  if (at_end()) return "the end of the file";
  if (text_[at_] == '"') return "a string";
  std::size_t end = at_;
  while (end < text_.size() && is_word(text_[end]) && end - at_ <= kMaxQuoted) ++end;
  if (end > at_) return quote(shortened(text_.substr(at_, end - at_)));
  const std::size_t length = utf8_length(text_, at_);
  if (length == 0) return fmt::format("byte 0x{:02x}", static_cast<unsigned char>(text_[at_]));
  return quote(text_.substr(at_, length));
}

bool JsonScanner::report(JsonProblem problem) {
  if (result_.problems.size() >= max_problems_) {
    ++result_.more_problems;
    return false;
  }
  result_.problems.push_back(std::move(problem));
  return true;
}

void JsonScanner::expected(std::string what, std::string hint) {
  if (hint.empty() && !at_end()) {
    const char c = text_[at_];
    if (c == '\'') hint = "JSON writes texts in double quotes";
    if (c == '/' || c == '#') hint = "JSON has no comments: use \"about\" and \"note\"";
    if (text_.substr(at_, 4) == "True" || text_.substr(at_, 5) == "False") {
      hint = "JSON writes true and false in small letters";
    }
  }
  report({at_, "not JSON", std::move(what), found(), std::move(hint)});
}

std::optional<std::uint32_t> JsonScanner::hex4() {
  std::uint32_t code = 0;
  if (at_ + 4 > text_.size()) return {};
  const char* first = text_.data() + at_;
  const auto [end, error] = std::from_chars(first, first + 4, code, 16);
  if (error != std::errc() || end != first + 4) return {};
  at_ += 4;
  return code;
}

/// After a backslash. False at the end of the text.
bool JsonScanner::escape(std::string& into) {
  const std::size_t start = at_ - 1;
  if (at_end()) return false;
  const char c = text_[at_++];
  constexpr std::string_view kNames = "\"\\/bfnrt";
  constexpr std::string_view kValues = "\"\\/\b\f\n\r\t";
  if (const auto i = kNames.find(c); i != std::string_view::npos) {
    into += kValues[i];
    return true;
  }
  const std::string hint = "write a backslash as \\\\";
  if (c != 'u') {
    --at_;
    report({start, "not JSON", "one of \" \\ / b f n r t u after a backslash", found(), hint});
    at_ += std::max<std::size_t>(1, utf8_length(text_, at_));
    return true;
  }
  const auto high = hex4();
  if (!high) {
    report({start, "not JSON", "four hexadecimal digits after \\u", found(), hint});
    return true;
  }
  if (*high < 0xd800 || *high > 0xdfff) {
    append_utf8(into, *high);
    return true;
  }
  const std::size_t back = at_;
  if (*high < 0xdc00 && text_.substr(at_, 2) == "\\u") {
    at_ += 2;
    if (const auto low = hex4(); low && *low >= 0xdc00 && *low <= 0xdfff) {
      append_utf8(into, 0x10000 + ((*high - 0xd800) << 10) + (*low - 0xdc00));
      return true;
    }
    at_ = back;
  }
  report({start, "half of a surrogate pair", "a pair such as \\ud83d\\ude00",
          fmt::format("\\u{:04x} alone", *high), "write the character itself"});
  return true;
}

std::optional<std::string> JsonScanner::string() {
  const std::size_t start = at_++;
  std::string into;
  while (!at_end()) {
    const char c = text_[at_];
    const auto byte = static_cast<unsigned char>(c);
    if (c == '"') {
      ++at_;
      return into;
    }
    if (c == '\\') {
      ++at_;
      if (!escape(into)) break;
    } else if (byte < 0x20) {
      report({at_, "not JSON", "no control characters inside a string",
              c == '\n' ? "the end of the line" : fmt::format("byte 0x{:02x}", byte),
              c == '\n' ? "close the string with \" or write the line break as \\n"
                        : fmt::format("write it as \\u{:04x}", byte)});
      // A string that is open at the end of its line would swallow the rest of the file.
      if (c == '\n') return {};
      ++at_;
    } else if (byte < 0x80) {
      into += c;
      ++at_;
    } else if (const std::size_t length = utf8_length(text_, at_); length > 0) {
      into += text_.substr(at_, length);
      at_ += length;
    } else {
      report({at_, "not UTF-8", "UTF-8 text", fmt::format("byte 0x{:02x}", byte),
              "save the file as UTF-8"});
      ++at_;
    }
  }
  report({start, "not JSON", "a \" that ends this string", "the end of the file", ""});
  return {};
}

bool JsonScanner::number(JsonValue& value) {
  const std::size_t start = at_;
  const auto digits = [&] {
    const std::size_t first = at_;
    while (!at_end() && is_digit(text_[at_])) ++at_;
    return at_ > first;
  };
  const auto next = [&](char c) { return !at_end() && text_[at_] == c; };
  if (next('-')) ++at_;
  const std::size_t first = at_;
  if (!digits()) {
    expected("a digit after the minus sign");
    return false;
  }
  if (text_[first] == '0' && at_ - first > 1) {
    report({start, "not JSON", "a number without leading zeros",
            quote(shortened(text_.substr(start, at_ - start))), ""});
    return false;
  }
  bool whole = true;
  if (next('.')) {
    ++at_;
    whole = false;
    if (!digits()) {
      expected("a digit after the decimal point");
      return false;
    }
  }
  if (next('e') || next('E')) {
    ++at_;
    whole = false;
    if (next('+') || next('-')) ++at_;
    if (!digits()) {
      expected("a digit in the exponent");
      return false;
    }
  }
  const char* const begin = text_.data() + start;
  const char* const end = text_.data() + at_;
  const auto read = [&](auto v) {
    if (std::from_chars(begin, end, v).ec != std::errc()) return false;
    value.value = v;
    return true;
  };
  if (whole) {
    if (read(std::int64_t{}) || read(std::uint64_t{})) return true;
    report({start, "integer out of range", "-9223372036854775808 to 18446744073709551615",
            shortened(text_.substr(start, at_ - start)), ""});
    value.value = 0.0;
  } else if (!read(double{})) {
    report({start, "number out of range", "a number that 64-bit floating point can hold",
            shortened(text_.substr(start, at_ - start)), ""});
    value.value = 0.0;  // so that nobody reports it again
  }
  return true;
}

}  // namespace calotype
