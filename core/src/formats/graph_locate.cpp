#include <algorithm>
#include <string>
#include <string_view>

#include "calotype/graph.h"
#include "formats/utf8.h"

namespace calotype {

namespace {

/// Longest line that a diagnostic repeats: a file of one huge line must not be copied into each.
constexpr std::size_t kMaxExcerpt = std::size_t{64} << 10;

std::size_t line_start(std::string_view text, std::size_t offset) {
  return offset == 0 ? 0 : text.rfind('\n', offset - 1) + 1;
}

/// Messages must stay UTF-8 whatever the file holds.
std::string printable(std::string_view line) {
  std::string text(line);
  for (std::size_t i = 0; i < text.size();) {
    const std::size_t length = utf8_length(text, i);
    if (length == 0) text[i] = '?';
    i += std::max<std::size_t>(1, length);
  }
  return text;
}

}  // namespace

SourcePos locate(const SourceRef& ref) {
  if (!ref.source) return {};
  const std::string_view text = ref.source->text;
  const std::size_t offset = std::min(ref.offset, text.size());
  const auto breaks =
      std::count(text.begin(), text.begin() + static_cast<std::ptrdiff_t>(offset), '\n');
  return {static_cast<int>(breaks + 1), static_cast<int>(offset - line_start(text, offset) + 1)};
}

Diagnostic diagnostic_at(const SourceRef& where) {
  Diagnostic d;
  if (!where.source) return d;
  d.file = where.source->file;
  d.pos = locate(where);
  const std::string_view text = where.source->text;
  const std::size_t start = line_start(text, std::min(where.offset, text.size()));
  const std::size_t length = std::min(text.find('\n', start), text.size()) - start;
  if (length <= kMaxExcerpt) d.excerpt = printable(text.substr(start, length));
  if (d.excerpt.ends_with('\r')) d.excerpt.pop_back();
  return d;
}

}  // namespace calotype
