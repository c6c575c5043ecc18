#pragma once
/// Number of members of an aggregate, so that a port or parameter that was declared but not
/// described is found when the node is registered.
#include <cstddef>
#include <type_traits>
#include <utility>

namespace calotype::detail {

struct AnyField {
  template <class T>
  operator T&() const& noexcept;  // never defined: used in unevaluated code only
  template <class T>
  operator T&&() const&& noexcept;
};

template <class T, std::size_t... I>
constexpr bool braces_with(std::index_sequence<I...>) {
  return requires { T{((void)I, AnyField{})...}; };
}

/// Up to 64 members; base classes and C arrays are not supported.
template <class T, std::size_t N = 64>
constexpr std::size_t field_count() {
  static_assert(std::is_aggregate_v<T>, "Inputs, Params and Outputs must be plain aggregates");
  if constexpr (N == 0) {
    return 0;
  } else if constexpr (braces_with<T>(std::make_index_sequence<N>{})) {
    return N;
  } else {
    return field_count<T, N - 1>();
  }
}

}  // namespace calotype::detail
