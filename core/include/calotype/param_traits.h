#pragma once
/// Which C++ types may stand in `Params` and how each maps to a ParamValue: bool, signed and
/// unsigned integers, floating point, std::string, enums with `enum_names`, and std::optional of
/// these.
#include <concepts>
#include <optional>
#include <span>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include "calotype/error.h"
#include "calotype/schema.h"

namespace calotype {

/// Specialise for an enum that is a parameter:
///   template <> struct EnumNames<Filter> {
///     static std::span<const std::pair<std::string_view, Filter>> table();
///   };
template <class E>
struct EnumNames;

template <class T>
struct ParamTraits;

template <>
struct ParamTraits<bool> {
  using Stored = bool;
  static constexpr ParamKind kKind = ParamKind::boolean;
  static constexpr bool kOptional = false;
  static ParamValue store(bool v) { return v; }
  static bool read(const ParamValue& v) { return std::get<bool>(v); }
};

template <std::signed_integral T>
struct ParamTraits<T> {
  using Stored = std::int64_t;
  static constexpr ParamKind kKind = ParamKind::integer;
  static constexpr bool kOptional = false;
  static ParamValue store(T v) { return std::int64_t{v}; }
  static T read(const ParamValue& v) { return static_cast<T>(std::get<std::int64_t>(v)); }
};

template <class T>
requires(std::unsigned_integral<T> && !std::same_as<T, bool>) struct ParamTraits<T> {
  using Stored = std::uint64_t;
  static constexpr ParamKind kKind = ParamKind::unsigned_integer;
  static constexpr bool kOptional = false;
  static ParamValue store(T v) { return std::uint64_t{v}; }
  static T read(const ParamValue& v) { return static_cast<T>(std::get<std::uint64_t>(v)); }
};

template <std::floating_point T>
struct ParamTraits<T> {
  using Stored = double;
  static constexpr ParamKind kKind = ParamKind::number;
  static constexpr bool kOptional = false;
  static ParamValue store(T v) { return double{v}; }
  static T read(const ParamValue& v) { return static_cast<T>(std::get<double>(v)); }
};

template <>
struct ParamTraits<std::string> {
  using Stored = std::string;
  static constexpr ParamKind kKind = ParamKind::string;
  static constexpr bool kOptional = false;
  static ParamValue store(const std::string& v) { return v; }
  static std::string read(const ParamValue& v) { return std::get<std::string>(v); }
};

template <class E>
requires std::is_enum_v<E>
struct ParamTraits<E> {
  using Stored = E;
  static constexpr ParamKind kKind = ParamKind::string;
  static constexpr bool kOptional = false;
  static ParamValue store(E v) {
    for (const auto& [name, value] : EnumNames<E>::table()) {
      if (value == v) return std::string(name);
    }
    throw Error(ErrorCode::internal, "an enum value has no name in EnumNames::table()");
  }
  static E read(const ParamValue& v) {
    for (const auto& [name, value] : EnumNames<E>::table()) {
      if (name == std::get<std::string>(v)) return value;
    }
    throw Error(ErrorCode::internal, "a choice was not validated: " + to_text(v));
  }
  static std::vector<std::string> choices() {
    std::vector<std::string> names;
    for (const auto& [name, value] : EnumNames<E>::table()) names.emplace_back(name);
    return names;
  }
};

template <class T>
struct ParamTraits<std::optional<T>> : ParamTraits<T> {
  static constexpr bool kOptional = true;
  static ParamValue store(const std::optional<T>& v) {
    return v ? ParamTraits<T>::store(*v) : ParamValue{};
  }
  static std::optional<T> read(const ParamValue& v) {
    if (std::holds_alternative<std::monostate>(v)) return std::nullopt;
    return ParamTraits<T>::read(v);
  }
};

}  // namespace calotype
