#pragma once
/// Runs that are shared by two models: one begins, another finishes (SDXL base and refiner).
#include <cstdint>
#include <optional>
#include <vector>

namespace calotype {

/// The noise levels of the steps from `start_step` up to, but not including, `end_step` (absent:
/// all that are left): one more level than steps. `sigmas`: of the whole run, at least one step.
/// Throws Error(run) when no step is left.
std::vector<double> step_window(const std::vector<double>& sigmas, std::int64_t start_step,
                                std::optional<std::int64_t> end_step);

}  // namespace calotype
