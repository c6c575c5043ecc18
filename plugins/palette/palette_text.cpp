#include "palette_text.h"

#include <calotype/error.h>

#include <algorithm>
#include <charconv>

namespace example {

namespace {

constexpr std::string_view kBlanks = " \t";

/// What a message shows of a line: short, and nothing but printable ASCII.
std::string shown(std::string_view text) {
  constexpr std::size_t kMax = 40;
  std::string result(text.substr(0, kMax));
  for (char& c : result) {
    if (c < 0x20 || c > 0x7e) c = '?';
  }
  if (result.empty()) return "nothing";
  return calotype::quote(result) + (text.size() > kMax ? "..." : "");
}

/// Goes through a text line by line and knows where it is.
class Lines {
 public:
  Lines(std::string_view text, std::string file) : rest_(text), file_(std::move(file)) {}

  bool next() {
    if (rest_.empty()) return false;
    const std::size_t end = std::min(rest_.find('\n'), rest_.size());
    line_ = rest_.substr(0, end);
    rest_.remove_prefix(std::min(end + 1, rest_.size()));
    line_ = line_.substr(0, line_.find_last_not_of(" \t\r") + 1);
    ++number_;
    return true;
  }
  std::string_view line() const { return line_; }

  /// `at` bytes into the line.
  [[noreturn]] void fail(std::size_t at, std::string expected, std::string hint = {}) const {
    throw calotype::Error(
        calotype::ErrorCode::io,
        {calotype::Diagnostic{.file = file_,
                              .pos = {std::max(number_, 1), static_cast<int>(at) + 1},
                              .expected = std::move(expected),
                              .got = shown(line_.substr(std::min(at, line_.size()))),
                              .hint = std::move(hint)}});
  }

 private:
  std::string_view rest_;
  std::string file_;
  std::string_view line_;
  int number_ = 0;
};

/// `255 128 0` with an optional name after it.
void read_gpl_colour(const Lines& lines, std::vector<std::uint8_t>& channels) {
  const std::string_view line = lines.line();
  std::size_t at = 0;
  for (int channel = 0; channel < 3; ++channel) {
    at = std::min(line.find_first_not_of(kBlanks, at), line.size());
    const std::size_t end = std::min(line.find_first_of(kBlanks, at), line.size());
    int value = -1;
    const auto parsed = std::from_chars(line.data() + at, line.data() + end, value);
    if (parsed.ec != std::errc() || parsed.ptr != line.data() + end || value < 0 || value > 255) {
      lines.fail(at, "three numbers from 0 to 255, such as \"255 128 0\"");
    }
    channels.push_back(static_cast<std::uint8_t>(value));
    at = end;
  }
}

/// `ff8000` or `#ff8000`.
void read_hex_colour(const Lines& lines, std::vector<std::uint8_t>& channels) {
  std::string_view digits = lines.line();
  if (digits.starts_with('#')) digits.remove_prefix(1);
  std::uint32_t value = 0;
  const auto parsed = std::from_chars(digits.data(), digits.data() + digits.size(), value, 16);
  if (digits.size() != 6 || parsed.ec != std::errc() ||
      parsed.ptr != digits.data() + digits.size()) {
    lines.fail(0, "six hexadecimal digits, such as \"ff8000\"");
  }
  for (const int shift : {16, 8, 0}) {
    channels.push_back(static_cast<std::uint8_t>(value >> shift));
  }
}

/// True for the lines between the first one and the colours of a .gpl file.
bool is_gpl_header(std::string_view line) {
  return line.starts_with("Name:") || line.starts_with("Columns:");
}

}  // namespace

std::vector<std::uint8_t> parse_palette_text(std::string_view text, PaletteFormat format,
                                             const std::string& file) {
  Lines lines(text, file);
  const bool gpl = format == PaletteFormat::gpl;
  if (gpl && (!lines.next() || lines.line() != "GIMP Palette")) {
    lines.fail(0, "\"GIMP Palette\" as the first line",
               "palettes with one colour a line, such as ff8000, end in .hex");
  }
  std::vector<std::uint8_t> channels;
  while (lines.next()) {
    const std::string_view line = lines.line();
    if (line.empty() || (gpl && line.starts_with('#'))) continue;
    if (gpl && channels.empty() && is_gpl_header(line)) continue;
    if (channels.size() == 3 * static_cast<std::size_t>(kMaxColours)) {
      lines.fail(0, "at most 256 colours", "remove colours from the file");
    }
    gpl ? read_gpl_colour(lines, channels) : read_hex_colour(lines, channels);
  }
  if (channels.empty()) {
    throw calotype::Error(calotype::ErrorCode::io,
                          {calotype::Diagnostic{.file = file, .what = "the file has no colours"}});
  }
  return channels;
}

}  // namespace example
