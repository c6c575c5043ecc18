#include "formats/json_text.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <unordered_map>
#include <utility>

#include "calotype/error.h"
#include "formats/json_scan.h"

namespace calotype {

namespace {

/// Containers that are open, outermost first. Each lies at the end of the one before, which does
/// not grow while it is open, so the pointers stay valid.
class Parser {
 public:
  Parser(std::string_view text, const JsonLimits& limits, JsonText& result)
      : text_(text), limits_(limits), result_(result), scan_(text, result, limits.problems) {}

  void parse() {
    if (!check_encoding()) return;
    if (!value(result_.root)) return;
    while (!open_.empty()) {
      if (!step()) return;
    }
    scan_.peek();
    if (!scan_.at_end()) {
      scan_.expected("the end of the file");
      return;
    }
    result_.complete = true;
  }

 private:
  bool check_encoding() {
    if (text_.starts_with("\xef\xbb\xbf")) {
      scan_.report({0, "the file starts with a byte order mark", "", "",
                    "save the file as UTF-8 without a byte order mark"});
      scan_.skip(3);
      return true;
    }
    if (text_.starts_with("\xff\xfe") || text_.starts_with("\xfe\xff")) {
      scan_.report({0, "the file is UTF-16", "UTF-8", "", "save the file as UTF-8"});
      return false;
    }
    return true;
  }

  /// One member, item or closing bracket of the innermost container.
  bool step() {
    JsonValue& container = *open_.back();
    auto* object = std::get_if<JsonObject>(&container.value);
    auto* array = std::get_if<JsonArray>(&container.value);
    const bool first = object ? object->empty() : array->empty();
    const char close = object ? '}' : ']';
    char c = scan_.peek();
    if (c == close) {
      scan_.skip(1);
      if (object) check_duplicates(*object);
      open_.pop_back();
      return true;
    }
    if (!first) {
      if (c != ',') {
        scan_.expected(fmt::format("\",\" or \"{}\"", close));
        return false;
      }
      scan_.skip(1);
      c = scan_.peek();
      if (c == close) {
        scan_.expected(object ? "a name in quotes" : "a value",
                       fmt::format("remove the comma before \"{}\"", close));
        return false;
      }
    }
    if (!object) return value(array->emplace_back());
    if (c != '"') {
      scan_.expected(first ? "a name in quotes or \"}\"" : "a name in quotes");
      return false;
    }
    JsonMember& member = object->emplace_back();
    member.offset = scan_.at();
    auto key = scan_.string();
    if (!key) return false;
    if (key->size() > limits_.key) {
      scan_.report({member.offset, too_long("name", *key, limits_.key), "", "", ""});
      return false;
    }
    member.key = std::move(*key);
    if (scan_.peek() != ':') {
      scan_.expected("\":\"");
      return false;
    }
    scan_.skip(1);
    return value(member.value);
  }

  /// Reads a scalar, or opens a container.
  bool value(JsonValue& into) {
    const char c = scan_.peek();
    into.offset = scan_.at();
    if (++values_ > limits_.values) {
      scan_.report({into.offset, fmt::format("more than {} values", limits_.values), "", "",
                    "split the graph into several files"});
      return false;
    }
    if (c == '{' || c == '[') {
      if (open_.size() >= static_cast<std::size_t>(limits_.depth)) {
        scan_.report({into.offset, fmt::format("nested more than {} levels deep", limits_.depth),
                      "", "", ""});
        return false;
      }
      scan_.skip(1);
      if (c == '{') {
        into.value = JsonObject();
      } else {
        into.value = JsonArray();
      }
      open_.push_back(&into);
      return true;
    }
    if (c == '"') {
      auto text = scan_.string();
      if (!text) return false;
      into.value = std::move(*text);
      return true;
    }
    if (c == '-' || (c >= '0' && c <= '9')) return scan_.number(into);
    if (scan_.skip_word("true")) {
      into.value = true;
    } else if (scan_.skip_word("false")) {
      into.value = false;
    } else if (!scan_.skip_word("null")) {
      scan_.expected("a value");
      return false;
    }
    return true;
  }

  void check_duplicates(const JsonObject& object) {
    constexpr std::size_t kFew = 8;  // comparing each with each is cheaper than hashing
    if (object.size() <= kFew) {
      for (std::size_t i = 1; i < object.size(); ++i) {
        for (std::size_t k = 0; k < i; ++k) {
          if (object[i].key != object[k].key) continue;
          duplicate(object[i], object[k].offset);
          break;
        }
      }
      return;
    }
    std::unordered_map<std::string_view, std::size_t> seen;
    seen.reserve(object.size());
    for (const JsonMember& member : object) {
      const auto [found, fresh] = seen.try_emplace(member.key, member.offset);
      if (!fresh) duplicate(member, found->second);
    }
  }

  void duplicate(const JsonMember& member, std::size_t first) {
    if (result_.problems.size() >= limits_.problems) {
      ++result_.more_problems;
      return;
    }
    const std::string_view before = text_.substr(0, first);
    const auto line = 1 + std::count(before.begin(), before.end(), '\n');
    const std::size_t column = first - (before.rfind('\n') + 1) + 1;
    scan_.report({member.offset, "duplicate key " + quote(member.key), "", "",
                  fmt::format("it is given already in line {}, column {}", line, column)});
  }

  std::string_view text_;
  const JsonLimits& limits_;
  JsonText& result_;
  JsonScanner scan_;
  std::vector<JsonValue*> open_;
  std::size_t values_ = 0;
};

}  // namespace

JsonText parse_json(std::string_view text, const JsonLimits& limits) {
  JsonText result;
  Parser(text, limits, result).parse();
  return result;
}

std::string_view kind_name(const JsonValue& v) {
  constexpr std::string_view kNames[] = {"null",     "true or false", "an integer", "an integer",
                                         "a number", "a string",      "a list",     "an object"};
  return kNames[v.value.index()];
}

}  // namespace calotype
