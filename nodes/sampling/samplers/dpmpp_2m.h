#pragma once
#include <array>
#include <string_view>

#include "sampling/sampler.h"

namespace calotype {

/// DPM-Solver++ of order 2, multistep (arXiv 2211.01095). The first step, and the last one to
/// sigma 0, are of order 1.
struct Dpmpp2M {
  static constexpr std::string_view kName = "dpmpp_2m";
  static constexpr std::array<std::string_view, 0> kOptions{};
  static constexpr bool kUnitVarianceStart = false;
  static at::Tensor run(const Sampling& sampling, at::Tensor x);
};

}  // namespace calotype
