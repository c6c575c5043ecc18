#pragma once
/// Tensor names as lists of words between dots.
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace calotype {

class DottedName {
 public:
  explicit DottedName(std::string_view name);

  /// True when the words from the start are these; "*" stands for any number.
  bool starts_with(std::string_view pattern) const;
  /// Word `i` as a number of at most 4 digits, else -1.
  int number(std::size_t i) const;
  std::string_view word(std::size_t i) const;
  /// Words from `i` on, each with a dot before it.
  std::string tail(std::size_t i) const;

 private:
  std::vector<std::string_view> words_;
};

}  // namespace calotype
