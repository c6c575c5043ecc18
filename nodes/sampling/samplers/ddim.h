#pragma once
#include <array>
#include <string_view>

#include "sampling/sampler.h"

namespace calotype {

/// DDIM (arXiv 2010.02502) as CompVis and diffusers run it: in the variance-preserving scale, where
/// the last step goes to the first cumulative alpha of the table, not to 1, and the result is left
/// in that scale. With the scheduler `ddim_uniform` it equals diffusers' DDIMScheduler with leading
/// spacing, steps_offset 1 and set_alpha_to_one off. With a schedule that already ends at that
/// alpha the last step goes to 1. `eta` 0 by default; 1 is DDPM.
struct DDIM {
  static constexpr std::string_view kName = "ddim";
  static constexpr std::array<std::string_view, 1> kOptions{"eta"};
  static constexpr bool kUnitVarianceStart = true;
  static at::Tensor run(const Sampling& sampling, at::Tensor x);
};

}  // namespace calotype
