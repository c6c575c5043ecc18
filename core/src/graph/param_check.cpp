#include "graph/param_check.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <limits>
#include <random>

#include "calotype/error.h"
#include "calotype/validate.h"
#include "formats/problems.h"

namespace calotype {

namespace {

constexpr double kTwo63 = 9223372036854775808.0;
constexpr double kTwo64 = 18446744073709551616.0;

template <class T>
std::optional<ParamValue> read_number(std::string_view text) {
  T v{};
  const char* end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, v);
  if (error != std::errc() || stop != end) return {};
  return v;
}

struct ToInteger {
  bool read_text;
  std::optional<ParamValue> operator()(std::int64_t v) const { return v; }
  std::optional<ParamValue> operator()(std::uint64_t v) const {
    if (v > static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max())) return {};
    return static_cast<std::int64_t>(v);
  }
  std::optional<ParamValue> operator()(double v) const {
    if (std::trunc(v) != v || v < -kTwo63 || v >= kTwo63) return {};
    return static_cast<std::int64_t>(v);
  }
  std::optional<ParamValue> operator()(const std::string& v) const {
    return read_text ? read_number<std::int64_t>(v) : std::nullopt;
  }
  template <class Other>
  std::optional<ParamValue> operator()(Other) const {
    return {};
  }
};

struct ToUnsigned {
  bool read_text;
  std::optional<ParamValue> operator()(std::int64_t v) const {
    if (v < 0) return {};
    return static_cast<std::uint64_t>(v);
  }
  std::optional<ParamValue> operator()(std::uint64_t v) const { return v; }
  std::optional<ParamValue> operator()(double v) const {
    if (std::trunc(v) != v || v < 0 || v >= kTwo64) return {};
    return static_cast<std::uint64_t>(v);
  }
  std::optional<ParamValue> operator()(const std::string& v) const {
    return read_text ? read_number<std::uint64_t>(v) : std::nullopt;
  }
  template <class Other>
  std::optional<ParamValue> operator()(Other) const {
    return {};
  }
};

struct ToNumber {
  bool read_text;
  std::optional<ParamValue> operator()(std::int64_t v) const { return static_cast<double>(v); }
  std::optional<ParamValue> operator()(std::uint64_t v) const { return static_cast<double>(v); }
  std::optional<ParamValue> operator()(double v) const {
    if (!std::isfinite(v)) return {};
    return v;
  }
  std::optional<ParamValue> operator()(const std::string& text) const {
    if (!read_text) return {};
    const auto v = read_number<double>(text);
    return v ? (*this)(std::get<double>(*v)) : std::nullopt;
  }
  template <class Other>
  std::optional<ParamValue> operator()(Other) const {
    return {};
  }
};

long double real(const ParamValue& v) {
  if (const auto* i = std::get_if<std::int64_t>(&v)) return static_cast<long double>(*i);
  if (const auto* u = std::get_if<std::uint64_t>(&v)) return static_cast<long double>(*u);
  return static_cast<long double>(std::get<double>(v));
}

bool in_range(long double v, const ParamSchema& s) {
  return (!s.min || v >= static_cast<long double>(*s.min)) &&
         (!s.max || v <= static_cast<long double>(*s.max));
}

bool check_range(const ParamValue& v, const ParamSchema& s, Misfit& misfit) {
  if (in_range(real(v), s)) return true;
  misfit.expected = s.min && s.max ? fmt::format("{} to {}", *s.min, *s.max)
                    : s.min        ? fmt::format("at least {}", *s.min)
                                   : fmt::format("at most {}", *s.max);
  misfit.got = to_text(v);
  return false;
}

/// Integers only: reals have no useful remainder.
bool check_step(const ParamValue& v, const ParamSchema& s, Misfit& misfit) {
  if (s.multiple_of <= 1) return true;
  const auto step = static_cast<std::uint64_t>(s.multiple_of);
  std::uint64_t rest = 0;
  if (const auto* u = std::get_if<std::uint64_t>(&v)) {
    rest = *u % step;
  } else if (const auto* i = std::get_if<std::int64_t>(&v)) {
    const std::int64_t r = *i % s.multiple_of;
    rest = static_cast<std::uint64_t>(r < 0 ? r + s.multiple_of : r);
  }
  if (rest == 0) return true;
  misfit.expected = fmt::format("a multiple of {}", s.multiple_of);
  misfit.got = to_text(v);
  const long double below = real(v) - static_cast<long double>(rest);
  for (const long double near : {below, below + static_cast<long double>(step)}) {
    if (!in_range(near, s)) continue;
    misfit.hint += (misfit.hint.empty() ? "" : " or ") + fmt::format("{:.0f}", near);
  }
  return false;
}

bool check_choice(const std::string& v, const ParamSchema& s, Misfit& misfit) {
  if (s.choices.empty()) return true;
  if (std::find(s.choices.begin(), s.choices.end(), v) != s.choices.end()) return true;
  for (const std::string& choice : s.choices) {
    misfit.expected += (misfit.expected.empty() ? "one of " : ", ") + quote(choice);
  }
  misfit.got = quote(v);
  misfit.hint = did_you_mean(suggest(v, s.choices));
  return false;
}

bool is_random(const ParamValue& v) {
  const auto* text = std::get_if<std::string>(&v);
  return text && *text == "random";
}

/// A quoted number is the likeliest slip.
std::string quotes_hint(const ParamValue& v, ParamKind kind, bool read_text) {
  if (read_text || kind == ParamKind::string || !convert(v, kind, true)) return {};
  return "write it without quotes";
}

}  // namespace

std::uint64_t random_seed() {
  std::random_device device;
  const std::uint64_t bits = (std::uint64_t{device()} << 32) | device();
  return bits & ((std::uint64_t{1} << 53) - 1);
}

std::optional<ParamValue> convert(const ParamValue& value, ParamKind kind, bool read_text) {
  switch (kind) {
    case ParamKind::boolean:
      if (std::holds_alternative<bool>(value)) return value;
      if (const auto* text = std::get_if<std::string>(&value); text && read_text) {
        if (*text == "true") return true;
        if (*text == "false") return false;
      }
      return {};
    case ParamKind::integer:
      return std::visit(ToInteger{read_text}, value);
    case ParamKind::unsigned_integer:
      return std::visit(ToUnsigned{read_text}, value);
    case ParamKind::number:
      return std::visit(ToNumber{read_text}, value);
    case ParamKind::string:
      if (std::holds_alternative<std::string>(value)) return value;
      return {};
  }
  return {};
}

std::optional<ParamValue> fit(const ParamValue& value, const ParamSchema& schema, bool read_text,
                              Misfit& misfit) {
  if (std::holds_alternative<std::monostate>(value) && schema.optional) return value;
  if (schema.seed && is_random(value)) {
    return convert(ParamValue(random_seed()), schema.kind, false);
  }
  auto v = convert(value, schema.kind, read_text);
  if (!v) {
    misfit.expected = std::string(to_text(schema.kind)) + (schema.seed ? " or \"random\"" : "");
    misfit.got = to_text(value);
    misfit.hint = quotes_hint(value, schema.kind, read_text);
    return {};
  }
  if (const auto* text = std::get_if<std::string>(&*v)) {
    return check_choice(*text, schema, misfit) ? v : std::nullopt;
  }
  if (std::holds_alternative<bool>(*v)) return v;
  return check_range(*v, schema, misfit) && check_step(*v, schema, misfit) ? v : std::nullopt;
}

std::optional<ParamValue> fit_input(const ParamValue& value, std::string_view type, bool read_text,
                                    Misfit& misfit) {
  const ParamKind kind = type == "int"      ? ParamKind::integer
                         : type == "number" ? ParamKind::number
                         : type == "bool"   ? ParamKind::boolean
                                            : ParamKind::string;
  if (kind == ParamKind::integer && is_random(value)) return ParamValue(random_seed());
  auto v = convert(value, kind, read_text);
  // Seeds use all 64 bits.
  if (!v && kind == ParamKind::integer) v = convert(value, ParamKind::unsigned_integer, read_text);
  if (v) return v;
  misfit.expected = to_text(kind);
  misfit.got = to_text(value);
  misfit.hint = quotes_hint(value, kind, read_text);
  return {};
}

std::string_view input_type(ParamKind kind) {
  switch (kind) {
    case ParamKind::boolean:
      return "bool";
    case ParamKind::integer:
    case ParamKind::unsigned_integer:
      return "int";
    case ParamKind::number:
      return "number";
    case ParamKind::string:
      return "string";
  }
  return "string";
}

}  // namespace calotype
