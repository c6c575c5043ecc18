#pragma once
/// What "denoise" or "strength" below 1 means: every program runs the last steps of a schedule, of
/// which and how many differs.
#include <cstdint>
#include <span>
#include <string_view>
#include <utility>

#include "calotype/param_traits.h"

namespace calotype {

enum class DenoiseMode {
  stretch,   ///< ComfyUI: the last `steps` of a schedule of int(steps / denoise)
  truncate,  ///< diffusers, CompVis: the last int(steps * denoise) of a schedule of `steps`
  a1111      ///< AUTOMATIC1111: the last int(steps * min(denoise, 0.999)) + 1 of `steps`
};

template <>
struct EnumNames<DenoiseMode> {
  static std::span<const std::pair<std::string_view, DenoiseMode>> table();
};

/// The last `run` of `total` steps; 1 <= run <= total.
struct StepRange {
  std::int64_t total = 0;
  std::int64_t run = 0;
};

/// `steps` >= 1, `denoise` in (0, 1]; products and quotients are cut to integers in double
/// precision, as in Python. Throws Error(run) for other values, when no step is left to run and
/// when the schedule would be longer than 1,000,000 steps.
StepRange step_range(DenoiseMode mode, std::int64_t steps, double denoise);

}  // namespace calotype
