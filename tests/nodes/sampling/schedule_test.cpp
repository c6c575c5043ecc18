#include "sampling/schedule.h"

#include <gtest/gtest.h>

#include "calotype/error.h"
#include "support/toy_denoiser.h"

namespace calotype {
namespace {

const SigmaTable& table() {
  static const SigmaTable table(test::sd1_alphas_cumprod());
  return table;
}

std::string error_of(std::string_view schedule, std::int64_t steps, double denoise = 1) {
  try {
    make_sigmas(table(), schedule, steps, denoise);
  } catch (const Error& e) {
    return e.what();
  }
  return "no error";
}

struct Published {
  std::string schedule;
  std::vector<double> sigmas;
};

class PublishedSigmas : public testing::TestWithParam<Published> {};

TEST_P(PublishedSigmas, AreMatchedToFourDecimals) {
  const auto& [schedule, expected] = GetParam();
  const auto steps = static_cast<std::int64_t>(expected.size());
  const std::vector<double> sigmas = make_sigmas(table(), schedule, steps);
  ASSERT_EQ(sigmas.size(), expected.size() + 1);
  for (std::size_t i = 0; i < expected.size(); ++i) {
    // Half of the last decimal, and what a table of float32 leaves open.
    EXPECT_NEAR(sigmas[i], expected[i], 0.5e-4 + 3e-6 * expected[i]) << schedule << " " << i;
  }
  EXPECT_EQ(sigmas.back(), 0);
}

// The table of SD 1.x with 10 and 20 steps, as published for A1111 and ComfyUI.
INSTANTIATE_TEST_SUITE_P(
    Schedule, PublishedSigmas,
    testing::Values(
        Published{"normal",
                  {14.6146, 7.8399, 4.6092, 2.9183, 1.9502, 1.3449, .9324, .6250, .3687, .0292}},
        Published{"karras",
                  {14.6146, 9.1029, 5.4784, 3.1686, 1.7494, .9141, .4469, .2014, .0819, .0292}},
        Published{"exponential",
                  {14.6146, 7.3249, 3.6712, 1.8400, .9222, .4622, .2317, .1161, .0582, .0292}},
        Published{"sgm_uniform",
                  {14.6146, 8.3072, 5.0924, 3.3251, 2.2797, 1.6156, 1.1629, .8319, .5712, .3437}},
        Published{"simple",
                  {14.6146, 8.3028, 5.0878, 3.3211, 2.2765, 1.6129, 1.1606, .8299, .5693, .3417}},
        Published{"ddim_uniform",
                  {8.3907, 5.1344, 3.3478, 2.2929, 1.6237, 1.1682, .8357, .5741, .3462, .0413}},
        Published{"karras", {14.6146, 11.7254, 9.3402, 7.3836, 5.7894, 4.4998, 3.4647,
                             2.6408,  1.9909,  1.4832, 1.0908, .7909,  .5647,  .3964,
                             .2730,   .1842,   .1213,  .0779,  .0485,  .0292}},
        Published{"normal", {14.6146, 10.7468, 8.0815, 6.2049, 4.8557, 3.8654, 3.1238,
                             2.5572,  2.1157,  1.7648, 1.4806, 1.2458, 1.0481, .8784,
                             .7297,   .5964,   .4736,  .3555,  .2322,  .0292}}));

TEST(SigmaTable, InvertsBetweenEntries) {
  for (const double t : {0.0, 0.25, 1.0, 499.5, 998.9, 999.0}) {
    EXPECT_NEAR(table().timestep(table().sigma(t)), t, 1e-9);
  }
}

TEST(SigmaTable, ClampsOutsideTheTable) {
  EXPECT_EQ(table().timestep(100), 999);
  EXPECT_EQ(table().timestep(0.001), 0);
  EXPECT_DOUBLE_EQ(table().sigma(5000), table().sigma(999));
}

TEST(SigmaTable, RejectsRisingAlphas) {
  try {
    const SigmaTable bad(at::tensor({0.5, 0.6}, at::kDouble));
    FAIL();
  } catch (const Error& e) {
    EXPECT_STREQ(e.what(),
                 "the model's training schedule must be a row of at least 2 falling numbers "
                 "between 0 and 1, got 0.600000 at timestep 1");
  }
}

TEST(SigmaTable, RejectsTerminalAlphaOfZero) {
  EXPECT_THROW(SigmaTable(at::tensor({0.5, 0.0}, at::kDouble)), Error);
}

TEST(Schedule, KeepsTheLastStepsOfALongerScheduleForDenoise) {
  const std::vector<double> whole = make_sigmas(table(), "karras", 40);
  const std::vector<double> half = make_sigmas(table(), "karras", 20, 0.5);
  EXPECT_EQ(half, std::vector<double>(whole.end() - 21, whole.end()));
  const std::vector<double> odd = make_sigmas(table(), "normal", 20, 0.75);  // int(26.67)
  const std::vector<double> longer = make_sigmas(table(), "normal", 26);
  EXPECT_EQ(odd, std::vector<double>(longer.end() - 21, longer.end()));
}

TEST(Schedule, RunsExactlyTheStepsWhereTheyDoNotDivideTheTable) {
  const std::vector<double> sigmas = make_sigmas(table(), "ddim_uniform", 30);
  ASSERT_EQ(sigmas.size(), 31U);
  EXPECT_NEAR(table().timestep(sigmas[0]), 29 * 33 + 1, 1e-3);
}

TEST(Schedule, MakesOneStepFromTheTop) {
  for (const SigmaSchedule& schedule : sigma_schedules()) {
    if (schedule.name == "ddim_uniform") continue;
    const std::vector<double> sigmas = make_sigmas(table(), schedule.name, 1);
    ASSERT_EQ(sigmas.size(), 2U) << schedule.name;
    EXPECT_NEAR(sigmas[0], 14.6146, 1e-4) << schedule.name;
  }
}

TEST(Schedule, MakesTenThousandLevels) {
  for (const char* schedule : {"normal", "karras", "exponential", "sgm_uniform"}) {
    EXPECT_EQ(make_sigmas(table(), schedule, 10000).size(), 10001U) << schedule;
  }
}

TEST(Schedule, RejectsMoreLevelsThanTheTableHas) {
  EXPECT_EQ(error_of("simple", 1001),
            "scheduler \"simple\" cannot make 1001 different noise levels for this model\n"
            "  hint: use fewer steps, a larger denoise or another scheduler");
  EXPECT_EQ(error_of("ddim_uniform", 1000),
            "scheduler \"ddim_uniform\" cannot make 1000 different noise levels for this model\n"
            "  hint: use fewer steps, a larger denoise or another scheduler");
}

TEST(Schedule, RejectsATinyDenoise) {
  EXPECT_EQ(error_of("karras", 20, 1e-9),
            "steps / denoise must be at most 1000000, got 20 / 1e-09\n"
            "  hint: use fewer steps or a larger denoise");
}

TEST(Schedule, RejectsUnknownName) {
  EXPECT_EQ(error_of("cosine", 20), "there is no scheduler \"cosine\"");
}

}  // namespace
}  // namespace calotype
