#pragma once
/// Strings, numbers and white space of JSON: the part of the parser below its grammar.
#include <optional>
#include <string>
#include <string_view>
#include <variant>

#include "formats/json_text.h"

namespace calotype {

class JsonScanner {
 public:
  JsonScanner(std::string_view text, JsonText& result, std::size_t max_problems)
      : text_(text), result_(result), max_problems_(max_problems) {}

  /// Skips white space; '\0' at the end of the text.
  char peek();
  bool at_end() const { return at_ >= text_.size(); }
  std::size_t at() const { return at_; }
  void skip(std::size_t bytes) { at_ += bytes; }
  bool skip_word(std::string_view word);

  /// At an opening quote. Nothing: the string never ends, which has been reported. Bad characters
  /// inside are reported and left out.
  std::optional<std::string> string();
  /// At a digit or minus sign. False: not a JSON number, which has been reported.
  bool number(JsonValue& value);

  /// What stands at the current place, for messages.
  std::string found() const;
  /// False when no more problems are wanted; they are only counted.
  bool report(JsonProblem);
  /// "not JSON: expected ..., got <what stands here>".
  void expected(std::string what, std::string hint = {});

 private:
  bool escape(std::string& into);
  std::optional<std::uint32_t> hex4();

  std::string_view text_;
  std::size_t at_ = 0;
  JsonText& result_;
  std::size_t max_problems_;
};

}  // namespace calotype
