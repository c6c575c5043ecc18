#include "calotype/error.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace calotype {

namespace {

std::string place(const Diagnostic& d) {
  if (d.file.empty()) return {};
  if (d.pos.line == 0) return d.file + ": ";
  return fmt::format("{}:{}:{}: ", d.file, d.pos.line, d.pos.column);
}

std::string subject(const Diagnostic& d) {
  std::string text;
  if (!d.node.empty()) text += "node " + quote(d.node);
  if (!d.port.empty()) text += (text.empty() ? "" : ", ") + d.port;
  return text.empty() ? text : text + ": ";
}

std::string statement(const Diagnostic& d) {
  std::string text = d.what;
  if (!d.expected.empty()) text += (text.empty() ? "expected " : ": expected ") + d.expected;
  if (!d.got.empty()) text += (text.empty() ? "got " : ", got ") + d.got;
  return text;
}

/// Start of the character that the byte at `at` belongs to.
std::size_t character_start(std::string_view text, std::size_t at) {
  while (at > 0 && at < text.size() && (static_cast<unsigned char>(text[at]) >> 6) == 2) --at;
  return at;
}

std::size_t characters(std::string_view text) {
  return static_cast<std::size_t>(std::count_if(
      text.begin(), text.end(), [](char c) { return (static_cast<unsigned char>(c) >> 6) != 2; }));
}

/// The source line with a caret under the byte of the position; long lines are cut around it.
std::string caret(const Diagnostic& d) {
  if (d.excerpt.empty() || d.pos.column < 1) return {};
  constexpr std::size_t kWidth = 100;
  std::string line = d.excerpt;
  std::size_t column = static_cast<std::size_t>(d.pos.column) - 1;
  for (char& c : line) {
    if (static_cast<unsigned char>(c) < 0x20) c = ' ';
  }
  if (line.size() > kWidth) {
    const std::size_t start =
        character_start(line, std::min(column - std::min(column, kWidth / 2), line.size()));
    const std::size_t end = character_start(line, std::min(start + kWidth, line.size()));
    line = line.substr(start, end - start);
    column -= start;
  }
  const std::string_view before = std::string_view(line).substr(0, std::min(column, line.size()));
  const std::size_t beyond = column - before.size();
  return fmt::format("\n  {}\n  {}^", line, std::string(characters(before) + beyond, ' '));
}

}  // namespace

std::string format(const Diagnostic& d) {
  std::string text = place(d);
  if (d.severity == Severity::warning) text += "warning: ";
  text += subject(d) + statement(d) + caret(d);
  if (!d.hint.empty()) text += "\n  hint: " + d.hint;
  return text;
}

Error::Error(ErrorCode code, std::vector<Diagnostic> diagnostics)
    : code_(code), diagnostics_(std::move(diagnostics)) {
  for (const Diagnostic& d : diagnostics_) {
    if (!text_.empty()) text_ += '\n';
    text_ += format(d);
  }
}

Error::Error(ErrorCode code, std::string what, std::string hint)
    : Error(code, {Diagnostic{.what = std::move(what), .hint = std::move(hint)}}) {}

std::string_view to_text(ErrorCode code) {
  switch (code) {
    case ErrorCode::graph:
      return "graph";
    case ErrorCode::plugin:
      return "plugin";
    case ErrorCode::run:
      return "run";
    case ErrorCode::io:
      return "io";
    case ErrorCode::cancelled:
      return "cancelled";
    case ErrorCode::internal:
      break;
  }
  return "internal";
}

Error Error::with_cause(std::shared_ptr<const void> cause) const {
  Error error = *this;
  error.cause_ = std::move(cause);
  return error;
}

Error::Error(const Error&) = default;
Error::~Error() = default;

OutOfMemory::OutOfMemory(const Error& error) : Error(error) {}
OutOfMemory::OutOfMemory(const OutOfMemory&) = default;
OutOfMemory::~OutOfMemory() = default;

std::string quote(std::string_view name) {
  std::string text = "\"";
  for (const char c : name) {
    const auto byte = static_cast<unsigned char>(c);
    if (c == '"' || c == '\\') {
      text += '\\';
      text += c;
    } else if (byte < 0x20 || byte == 0x7f) {
      text += fmt::format("\\u{:04x}", byte);
    } else {
      text += c;
    }
  }
  return text + '"';
}

}  // namespace calotype
