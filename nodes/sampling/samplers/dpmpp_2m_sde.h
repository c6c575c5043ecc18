#pragma once
#include <array>
#include <string_view>

#include "sampling/sampler.h"

namespace calotype {

/// DPM-Solver++ of order 2 for the stochastic equation, multistep; `eta` 1 and `solver_type`
/// midpoint by default. Its noise is a Brownian path over the noise levels of the run, so more
/// steps refine the same picture.
struct Dpmpp2MSDE {
  static constexpr std::string_view kName = "dpmpp_2m_sde";
  static constexpr std::array<std::string_view, 3> kOptions{"eta", "s_noise", "solver_type"};
  static constexpr bool kUnitVarianceStart = false;
  static at::Tensor run(const Sampling& sampling, at::Tensor x);
};

}  // namespace calotype
