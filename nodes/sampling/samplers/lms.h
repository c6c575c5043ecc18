#pragma once
#include <array>
#include <string_view>

#include "sampling/sampler.h"

namespace calotype {

/// Linear multistep (Adams-Bashforth on uneven steps) of order 4. The coefficients are integrals of
/// Lagrange polynomials, integrated exactly; the reference does it by quadrature to 1e-4.
struct LMS {
  static constexpr std::string_view kName = "lms";
  static constexpr std::array<std::string_view, 0> kOptions{};
  static constexpr bool kUnitVarianceStart = false;
  static at::Tensor run(const Sampling& sampling, at::Tensor x);
};

}  // namespace calotype
