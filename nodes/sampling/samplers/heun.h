#pragma once
#include <array>
#include <string_view>

#include "sampling/sampler.h"

namespace calotype {

/// Algorithm 2 of Karras et al. 2022 (arXiv 2206.00364): two evaluations a step, one in the last.
struct Heun {
  static constexpr std::string_view kName = "heun";
  static constexpr std::array<std::string_view, 4> kOptions{"s_churn", "s_tmin", "s_tmax",
                                                            "s_noise"};
  static constexpr bool kUnitVarianceStart = false;
  static at::Tensor run(const Sampling& sampling, at::Tensor x);
};

}  // namespace calotype
