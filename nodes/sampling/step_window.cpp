#include "sampling/step_window.h"

#include <fmt/format.h>

#include <algorithm>

#include "calotype/error.h"

namespace calotype {

std::vector<double> step_window(const std::vector<double>& sigmas, std::int64_t start_step,
                                std::optional<std::int64_t> end_step) {
  const auto steps = static_cast<std::int64_t>(sigmas.size()) - 1;
  const std::int64_t end = std::min(end_step.value_or(steps), steps);
  if (start_step < 0 || start_step >= end) {
    throw Error(ErrorCode::run,
                fmt::format("no step is left between start_step {} and step {}", start_step, end),
                "use a smaller start_step, a larger end_step or more steps");
  }
  return {sigmas.begin() + start_step, sigmas.begin() + end + 1};
}

}  // namespace calotype
