#pragma once
/// How the noise levels of a run are spaced: graph files say `scheduler`.
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "sampling/denoise_mode.h"
#include "sampling/sigma_table.h"

namespace calotype {

/// Noise levels of `steps` steps, falling, without the final 0.
using SpaceSigmas = std::vector<double> (*)(const SigmaTable&, std::int64_t steps);

struct SigmaSchedule {
  std::string_view name;
  SpaceSigmas space;
};

/// All schedules, in the order shown to users. Formulas: k-diffusion and ComfyUI.
std::span<const SigmaSchedule> sigma_schedules();
std::vector<std::string> schedule_names();

/// The noise levels to run: falling float32 values, the last is 0. `denoise` in (0, 1] is the share
/// of the schedule that is used, as step_range() says; the last levels are kept. Throws Error(run)
/// for an unknown name, when no step is left, or when the schedule cannot make so many different
/// levels.
std::vector<double> make_sigmas(const SigmaTable&, std::string_view schedule, std::int64_t steps,
                                double denoise = 1, DenoiseMode mode = DenoiseMode::stretch);

}  // namespace calotype
