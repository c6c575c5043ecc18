#include "sampling/denoise_mode.h"

#include <algorithm>
#include <array>
#include <string>

#include "calotype/error.h"
#include "calotype/schema.h"

namespace calotype {

namespace {

constexpr double kMaxLevels = 1'000'000;
/// The largest strength that AUTOMATIC1111 counts with: 1 would leave the schedule.
constexpr double kMaxStrength = 0.999;

std::int64_t stretched(std::int64_t steps, double denoise) {
  const double total = static_cast<double>(steps) / denoise;
  if (total > kMaxLevels) {
    throw Error(ErrorCode::run,
                "steps / denoise must be at most 1000000, got " + std::to_string(steps) + " / " +
                    to_text(ParamValue{denoise}),
                "use fewer steps or a larger denoise");
  }
  return static_cast<std::int64_t>(total);
}

std::int64_t truncated(std::int64_t steps, double denoise) {
  const auto run = static_cast<std::int64_t>(static_cast<double>(steps) * denoise);
  if (run > 0) return run;
  throw Error(ErrorCode::run,
              "denoise " + to_text(ParamValue{denoise}) + " of " + std::to_string(steps) +
                  " steps leaves no step to run with denoise_mode \"truncate\"",
              "use more steps, a larger denoise or denoise_mode \"stretch\"");
}

}  // namespace

std::span<const std::pair<std::string_view, DenoiseMode>> EnumNames<DenoiseMode>::table() {
  static constexpr std::array<std::pair<std::string_view, DenoiseMode>, 3> kTable{
      {{"stretch", DenoiseMode::stretch},
       {"truncate", DenoiseMode::truncate},
       {"a1111", DenoiseMode::a1111}}};
  return kTable;
}

StepRange step_range(DenoiseMode mode, std::int64_t steps, double denoise) {
  if (steps < 1 || !(denoise > 0 && denoise <= 1)) {
    throw Error(ErrorCode::run, "a schedule needs at least 1 step and a denoise above 0, up to 1");
  }
  switch (mode) {
    case DenoiseMode::stretch:
      return {stretched(steps, denoise), steps};
    case DenoiseMode::truncate:
      return {steps, truncated(steps, denoise)};
    case DenoiseMode::a1111:
      break;
  }
  const double run = static_cast<double>(steps) * std::min(denoise, kMaxStrength);
  return {steps, std::min(static_cast<std::int64_t>(run) + 1, steps)};
}

}  // namespace calotype
