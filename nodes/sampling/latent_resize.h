#pragma once
#include <cstdint>
#include <span>
#include <string_view>
#include <utility>

#include "calotype/describe.h"
#include "calotype/types/latent.h"

namespace calotype {

/// How latent values between the old ones are made: those of torch.nn.functional.interpolate.
enum class LatentFilter {
  nearest,
  nearest_exact,
  bilinear,
  bilinear_antialiased,
  bicubic,
  bicubic_antialiased,
  area
};

template <>
struct EnumNames<LatentFilter> {
  static std::span<const std::pair<std::string_view, LatentFilter>> table();
};

/// Node: a latent of another size, as the first half of a "hires fix": sample small, resize, sample
/// again with `denoise` below 1. `width` and `height` are of the picture; 0 follows `scale`, or the
/// other side with the proportions kept.
struct LatentResize {
  static constexpr std::string_view kType = "LatentResize";
  static constexpr int kVersion = 1;

  struct Inputs {
    Latent latent;
  };
  struct Params {
    double scale = 2;
    std::int64_t width = 0;
    std::int64_t height = 0;
    LatentFilter method = LatentFilter::bilinear;
  };
  struct Outputs {
    Latent latent;  ///< float32 [B, C, height / 8, width / 8]
  };

  static void describe(Describe<LatentResize>& d);
  /// Throws Error(run) when the latent is not [B, C, h, w], when the result would have no value, or
  /// more than this machine has memory for.
  static Outputs run(const Inputs& in, const Params& p, RunContext&);
};

}  // namespace calotype
