#include "text/prompt_weights.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <optional>

#include "calotype/error.h"

namespace calotype {

namespace {

constexpr double kStep = 1.1;

bool is_space(char c) { return c == ' ' || (c >= '\t' && c <= '\r'); }

/// Letters beyond ASCII count as parts of words.
bool is_word(char c) {
  const auto byte = static_cast<unsigned char>(c);
  return byte >= 0x80 || (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') ||
         (c >= 'a' && c <= 'z') || c == '_';
}

std::optional<double> number(std::string_view text) {
  while (!text.empty() && is_space(text.front())) text.remove_prefix(1);
  while (!text.empty() && is_space(text.back())) text.remove_suffix(1);
  if (text.starts_with("+") && !text.starts_with("+-")) text.remove_prefix(1);
  double value = 0;
  const auto [end, code] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (code == std::errc::invalid_argument || end != text.data() + text.size()) return std::nullopt;
  return code == std::errc::result_out_of_range ? INFINITY : value;
}

void check_weight(double weight) {
  if (std::abs(weight) <= kMaxPromptWeight) return;
  throw Error(
      ErrorCode::run,
      fmt::format("the prompt gives a piece of text the weight {:g}: expected -{:g} to {:g}",
                  weight, kMaxPromptWeight, kMaxPromptWeight));
}

[[noreturn]] void too_deep() {
  throw Error(ErrorCode::run,
              fmt::format("the prompt's brackets are nested deeper than {}", kMaxPromptNesting),
              "use a weight such as (text:1.5), or weighting \"none\" to read brackets as text");
}

class A1111Parser {
 public:
  explicit A1111Parser(std::string_view rest) : rest_(rest) {}

  std::vector<PromptPiece> parse() {
    while (!rest_.empty()) step();
    while (!open_.empty()) close(open_.back().kind == '(' ? kStep : 1 / kStep);
    for (const PromptPiece& piece : pieces_) check_weight(piece.weight);
    return joined();
  }

 private:
  struct Bracket {
    char kind;
    std::size_t first_piece;
  };

  void step() {
    const char c = rest_.front();
    if (c == '\\') return backslash();
    if (c == '(' || c == '[') {
      if (open_.size() == kMaxPromptNesting) too_deep();
      open_.push_back({c, pieces_.size()});
      return skip(1);
    }
    if (c == ':' && weighted_close()) return;
    if (c == ')' && closes('(')) return close_one('(', kStep);
    if (c == ']' && closes('[')) return close_one('[', 1 / kStep);
    const std::size_t end = std::min(rest_.find_first_of("\\()[]:", 1), rest_.size());
    // A lone closer or colon is one piece; other text runs to the next special character.
    const bool special = c == ')' || c == ']' || c == ':';
    add_text(rest_.substr(0, special ? 1 : end));
    skip(special ? 1 : end);
  }

  void backslash() {
    const bool escapes =
        rest_.size() > 1 && std::string_view("()[]\\").find(rest_[1]) != std::string_view::npos;
    if (escapes) pieces_.push_back({std::string(1, rest_[1]), 1, false});
    skip(escapes ? 2 : 1);
  }

  /// `:1.3)` closes the innermost round bracket; without one it is text.
  bool weighted_close() {
    std::size_t i = 1;
    while (i < rest_.size() && is_space(rest_[i])) ++i;
    const std::size_t begin = i;
    if (i < rest_.size() && (rest_[i] == '+' || rest_[i] == '-')) ++i;
    const std::size_t digits = i;
    while (i < rest_.size() && (rest_[i] == '.' || (rest_[i] >= '0' && rest_[i] <= '9'))) ++i;
    if (i == digits) return false;
    const std::string_view text = rest_.substr(begin, i - begin);
    while (i < rest_.size() && is_space(rest_[i])) ++i;
    if (i == rest_.size() || rest_[i] != ')') return false;
    if (!closes('(')) {
      add_text(rest_.substr(0, i + 1));
    } else {
      const auto weight = number(text);
      if (!weight) {
        throw Error(ErrorCode::run, "the prompt's weight " + quote(text) + " is not a number",
                    "write it like (text:1.3)");
      }
      close_last('(', *weight);
    }
    skip(i + 1);
    return true;
  }

  bool closes(char kind) const {
    for (const Bracket& b : open_) {
      if (b.kind == kind) return true;
    }
    return false;
  }
  void close_one(char kind, double factor) {
    close_last(kind, factor);
    skip(1);
  }
  /// Round and square brackets are matched each for itself, so they may cross.
  void close_last(char kind, double factor) {
    for (std::size_t i = open_.size(); i-- > 0;) {
      if (open_[i].kind != kind) continue;
      multiply(open_[i].first_piece, factor);
      open_.erase(open_.begin() + static_cast<std::ptrdiff_t>(i));
      return;
    }
  }
  void close(double factor) {
    multiply(open_.back().first_piece, factor);
    open_.pop_back();
  }
  void multiply(std::size_t first, double factor) {
    for (std::size_t i = first; i < pieces_.size(); ++i) pieces_[i].weight *= factor;
  }

  void add_text(std::string_view text) {
    constexpr std::string_view kBreak = "BREAK";
    std::size_t from = 0;
    for (std::size_t at = text.find(kBreak); at != std::string_view::npos;
         at = text.find(kBreak, at + 1)) {
      const std::size_t after = at + kBreak.size();
      if ((at > 0 && is_word(text[at - 1])) || (after < text.size() && is_word(text[after]))) {
        continue;
      }
      std::size_t end = at;
      while (end > from && is_space(text[end - 1])) --end;
      pieces_.push_back({std::string(text.substr(from, end - from)), 1, false});
      pieces_.push_back({"", 1, true});
      from = after;
      while (from < text.size() && is_space(text[from])) ++from;
    }
    pieces_.push_back({std::string(text.substr(from)), 1, false});
  }

  std::vector<PromptPiece> joined() const {
    std::vector<PromptPiece> out;
    for (const PromptPiece& piece : pieces_) {
      if (!out.empty() && !piece.chunk_break && !out.back().chunk_break &&
          out.back().weight == piece.weight) {
        out.back().text += piece.text;
      } else {
        out.push_back(piece);
        if (piece.chunk_break) out.back().weight = 1;
      }
    }
    if (out.empty()) out.push_back({});
    return out;
  }

  void skip(std::size_t n) { rest_.remove_prefix(n); }

  std::string_view rest_;
  std::vector<Bracket> open_;
  std::vector<PromptPiece> pieces_;
};

/// Escaped brackets travel as bytes that UTF-8 never has.
constexpr char kOpen = '\xfe', kClose = '\xff';

std::string hide_escapes(std::string_view prompt) {
  std::string out;
  out.reserve(prompt.size());
  for (std::size_t i = 0; i < prompt.size(); ++i) {
    if (prompt[i] == '\\' && i + 1 < prompt.size() &&
        (prompt[i + 1] == '(' || prompt[i + 1] == ')')) {
      out += prompt[++i] == '(' ? kOpen : kClose;
    } else if (prompt[i] == kOpen || prompt[i] == kClose) {
      out += "\xef\xbf\xbd";  // U+FFFD, as the tokenizer would read it
    } else {
      out += prompt[i];
    }
  }
  return out;
}

std::string show_escapes(std::string_view text) {
  std::string out(text);
  for (char& c : out) c = c == kOpen ? '(' : c == kClose ? ')' : c;
  return out;
}

/// Cuts `text` before each outermost "(" and after its ")". A ")" too many takes the level below
/// zero, as in the original, so that the "(" after it opens nothing.
std::vector<std::string_view> outermost_groups(std::string_view text) {
  std::vector<std::string_view> groups;
  int level = 0;
  std::size_t from = 0;
  const auto cut = [&](std::size_t to) {
    if (to > from) groups.push_back(text.substr(from, to - from));
    from = to;
  };
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '(' && level++ == 0) cut(i);
    if (text[i] == ')' && --level == 0) cut(i + 1);
  }
  cut(text.size());
  return groups;
}

void add_comfyui_pieces(std::string_view text, double weight, std::size_t depth,
                        std::vector<PromptPiece>& out) {
  if (depth > kMaxPromptNesting) too_deep();
  for (std::string_view group : outermost_groups(text)) {
    const bool bracketed = group.size() >= 2 && group.front() == '(' && group.back() == ')';
    if (!bracketed) {
      check_weight(weight);
      out.push_back({show_escapes(group), weight, false});
      continue;
    }
    group = group.substr(1, group.size() - 2);
    double inner = weight * kStep;
    const std::size_t colon = group.rfind(':');
    if (colon != std::string_view::npos && colon > 0) {
      if (const auto given = number(group.substr(colon + 1))) {
        inner = *given;
        group = group.substr(0, colon);
      }
    }
    add_comfyui_pieces(group, inner, depth + 1, out);
  }
}

}  // namespace

std::vector<PromptPiece> parse_a1111_weights(std::string_view prompt) {
  return A1111Parser(prompt).parse();
}

std::vector<PromptPiece> parse_comfyui_weights(std::string_view prompt) {
  std::vector<PromptPiece> out;
  add_comfyui_pieces(hide_escapes(prompt), 1, 0, out);
  return out;
}

}  // namespace calotype
