#pragma once
/// Strict JSON (RFC 8259) that remembers where everything stands. Safe on hostile input: no
/// recursion while parsing, nesting and number of values are limited.
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace calotype {

struct JsonMember;
struct JsonValue;
using JsonArray = std::vector<JsonValue>;
using JsonObject = std::vector<JsonMember>;  ///< in the author's order; duplicates are kept

struct JsonValue {
  /// Integers without fraction or exponent are int64, or uint64 above its range; others double.
  std::variant<std::monostate, bool, std::int64_t, std::uint64_t, double, std::string, JsonArray,
               JsonObject>
      value;
  std::size_t offset = 0;  ///< of the first byte

  template <class T>
  const T* as() const {
    return std::get_if<T>(&value);
  }
};

struct JsonMember {
  std::string key;
  std::size_t offset = 0;  ///< of the key's opening quote
  JsonValue value;
};

/// A problem at a byte of the text; fields as in Diagnostic.
struct JsonProblem {
  std::size_t offset = 0;
  std::string what;
  std::string expected;
  std::string got;
  std::string hint;
};

struct JsonText {
  JsonValue root;
  std::vector<JsonProblem> problems;
  std::size_t more_problems = 0;  ///< beyond the limit
  bool complete = false;          ///< false: parsing stopped at the last problem
};

struct JsonLimits {
  int depth = 64;
  std::size_t values = 10'000'000;
  std::size_t key = 256;  ///< bytes
  std::size_t problems = 50;
};

JsonText parse_json(std::string_view text, const JsonLimits& limits = {});

/// "an object", "a string" and so on, for messages.
std::string_view kind_name(const JsonValue&);

/// The problem with a text of more than `limit` bytes, of which it repeats only the beginning.
std::string too_long(std::string_view what, std::string_view text, std::size_t limit);

/// Pretty text: whatever fits in `width` columns stays on one line, except that objects in the
/// first `broken_levels` levels are always broken. Final newline. Throws Error(graph) for numbers
/// that JSON cannot express and texts that are not UTF-8.
std::string write_json(const JsonValue&, std::size_t width, int broken_levels);

}  // namespace calotype
