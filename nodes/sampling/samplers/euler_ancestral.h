#pragma once
#include <array>
#include <string_view>

#include "sampling/sampler.h"

namespace calotype {

/// Euler steps to a lower noise level than asked for, then fresh noise up to it. `eta` 1 by
/// default; 0 is `euler`.
struct EulerAncestral {
  static constexpr std::string_view kName = "euler_ancestral";
  static constexpr std::array<std::string_view, 2> kOptions{"eta", "s_noise"};
  static constexpr bool kUnitVarianceStart = false;
  static at::Tensor run(const Sampling& sampling, at::Tensor x);
};

}  // namespace calotype
