#include "sampling/denoise_mode.h"

#include <gtest/gtest.h>

#include "sampling/schedule.h"
#include "support/error_text.h"
#include "support/toy_denoiser.h"

namespace calotype {
namespace {

std::pair<std::int64_t, std::int64_t> range(DenoiseMode mode, std::int64_t steps, double denoise) {
  const StepRange r = step_range(mode, steps, denoise);
  return {r.total, r.run};
}

using Steps = std::pair<std::int64_t, std::int64_t>;

TEST(DenoiseMode, CountsStepsAsEachProgramDoes) {
  EXPECT_EQ(range(DenoiseMode::stretch, 20, 0.75), Steps(26, 20));
  EXPECT_EQ(range(DenoiseMode::truncate, 20, 0.75), Steps(20, 15));
  EXPECT_EQ(range(DenoiseMode::truncate, 50, 0.8), Steps(50, 40));
  EXPECT_EQ(range(DenoiseMode::truncate, 100, 0.29), Steps(100, 28));  // 28.999999999999996
  EXPECT_EQ(range(DenoiseMode::a1111, 20, 0.75), Steps(20, 16));
  EXPECT_EQ(range(DenoiseMode::a1111, 20, 0.01), Steps(20, 1));
  for (const DenoiseMode mode : {DenoiseMode::stretch, DenoiseMode::truncate, DenoiseMode::a1111}) {
    EXPECT_EQ(range(mode, 20, 1), Steps(20, 20));
    EXPECT_EQ(range(mode, 1, 1), Steps(1, 1));
  }
}

TEST(DenoiseMode, KeepsTheLastLevelsOfTheSchedule) {
  const SigmaTable table(test::sd1_alphas_cumprod());
  const std::vector<double> whole = make_sigmas(table, "karras", 20);
  EXPECT_EQ(make_sigmas(table, "karras", 20, 0.75, DenoiseMode::truncate),
            std::vector<double>(whole.end() - 16, whole.end()));
  EXPECT_EQ(make_sigmas(table, "karras", 20, 0.75, DenoiseMode::a1111),
            std::vector<double>(whole.end() - 17, whole.end()));
}

TEST(DenoiseMode, SaysWhenNoStepIsLeft) {
  EXPECT_EQ(test::error_text([] { step_range(DenoiseMode::truncate, 20, 0.04); }),
            "denoise 0.04 of 20 steps leaves no step to run with denoise_mode \"truncate\"\n"
            "  hint: use more steps, a larger denoise or denoise_mode \"stretch\"");
}

}  // namespace
}  // namespace calotype
