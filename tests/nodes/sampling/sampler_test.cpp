#include "sampling/sampler.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "calotype/error.h"
#include "calotype/types/aten.h"
#include "sampling/schedule.h"
#include "support/toy_denoiser.h"

namespace calotype {
namespace {

/// Noise of ones; remembers which intervals were asked.
class OneNoise final : public StepNoise {
 public:
  at::Tensor fresh() override {
    ++fresh_draws;
    return at::ones({1, 1, 1, 1});
  }
  at::Tensor between(double sigma, double sigma_next) override {
    intervals.emplace_back(sigma, sigma_next);
    return at::ones({1, 1, 1, 1});
  }
  int fresh_draws = 0;
  std::vector<std::pair<double, double>> intervals;
};

struct Outcome {
  double value;
  int evaluations;
  int reported_steps;
};

/// Runs on one number. The model's clean picture is x / (1 + sigma^2): exact for pictures that are
/// unit Gaussian noise, where x(sigma) = x0 * sqrt((1 + sigma^2) / (1 + sigma0^2)).
Outcome run(std::string_view name, const std::vector<double>& sigmas, SamplerOptions options = {},
            StepNoise* noise = nullptr) {
  Outcome outcome{0, 0, 0};
  OneNoise ones;
  Sampling sampling;
  sampling.denoise = [&](const at::Tensor& x, double sigma) {
    ++outcome.evaluations;
    return x / (1 + sigma * sigma);
  };
  sampling.sigmas = sigmas;
  sampling.sigma_min = 0.0291675;
  sampling.options = options;
  sampling.noise = noise != nullptr ? noise : &ones;
  sampling.on_step = [&](std::size_t step, const at::Tensor&) {
    EXPECT_EQ(static_cast<int>(step), ++outcome.reported_steps);
  };
  const at::Tensor x = at::full({1, 1, 1, 1}, 2.0, at::kFloat);
  outcome.value = find_sampler(name).run(sampling, x).item<double>();
  return outcome;
}

std::vector<double> karras(std::int64_t steps) {
  return make_sigmas(SigmaTable(test::sd1_alphas_cumprod()), "karras", steps);
}

TEST(Samplers, AreListedInTheOrderShownToUsers) {
  EXPECT_THAT(sampler_names(), testing::ElementsAre("euler", "euler_ancestral", "heun", "dpmpp_2m",
                                                    "dpmpp_2m_sde", "lms", "ddim"));
}

TEST(Samplers, EvaluateAndReportOncePerStep) {
  for (const Sampler& sampler : samplers()) {
    const Outcome outcome = run(sampler.name, karras(8));
    EXPECT_EQ(outcome.evaluations, sampler.name == "heun" ? 15 : 8) << sampler.name;
    EXPECT_EQ(outcome.reported_steps, 8) << sampler.name;
  }
}

TEST(Samplers, ApproachTheExactSolution) {
  const std::vector<double> sigmas = karras(400);
  const double exact = 2 / std::sqrt(1 + sigmas[0] * sigmas[0]);
  for (const char* name : {"euler", "heun", "dpmpp_2m", "lms"}) {
    EXPECT_NEAR(run(name, sigmas).value / exact, 1, 0.01) << name;
  }
  EXPECT_NEAR(run("euler_ancestral", sigmas, {.eta = 0}).value, run("euler", sigmas).value, 1e-6);
}

TEST(Samplers, OfHigherOrderAreMoreExactThanEuler) {
  const std::vector<double> sigmas = karras(20);
  const double exact = 2 / std::sqrt(1 + sigmas[0] * sigmas[0]);
  const double euler_error = std::abs(run("euler", sigmas).value - exact);
  for (const char* name : {"heun", "dpmpp_2m", "lms"}) {
    EXPECT_LT(std::abs(run(name, sigmas).value - exact), 0.3 * euler_error) << name;
  }
}

TEST(Euler, ComputesTwoStepsAsByHand) {
  // slope at 2: (2 - 0.4) / 2 = 0.8; x = 2 - 0.8 = 1.2; the last step gives the clean picture.
  EXPECT_NEAR(run("euler", {2, 1, 0}).value, 0.6, 1e-6);
}

TEST(Euler, ChurnsBetweenTheGivenLevelsOnly) {
  OneNoise noise;
  const SamplerOptions options{.s_noise = 0.5, .s_churn = 0.4, .s_tmin = 1.5, .s_tmax = 3};
  // Only sigma 2 is raised, by 0.4 / 2: to 2.4, with 0.5 * sqrt(2.4^2 - 2^2) of noise.
  const double raised = 2 + 0.5 * std::sqrt(2.4 * 2.4 - 4);
  const double slope = (raised - raised / (1 + 2.4 * 2.4)) / 2.4;
  const double expected = (raised + slope * (1 - 2.4)) / 2;
  EXPECT_NEAR(run("euler", {2, 1, 0}, options, &noise).value, expected, 1e-6);
  EXPECT_EQ(noise.fresh_draws, 2);
}

TEST(Euler, LimitsChurn) {
  const double many = run("euler", {2, 1, 0}, {.s_churn = 100}).value;
  EXPECT_NEAR(run("euler", {2, 1, 0}, {.s_churn = 2 * (std::sqrt(2.0) - 1)}).value, many, 1e-6);
}

TEST(EulerAncestral, AddsNoiseUpToTheNextLevel) {
  const double up = std::sqrt(1.0 * (4 - 1) / 4);
  const double down = std::sqrt(1 - up * up);
  const double expected = (2 + 0.8 * (down - 2) + 0.5 * up) / 2;
  EXPECT_NEAR(run("euler_ancestral", {2, 1, 0}, {.s_noise = 0.5}).value, expected, 1e-6);
}

TEST(Dpmpp2MSDE, IsDpmpp2MWithoutNoise) {
  EXPECT_NEAR(run("dpmpp_2m_sde", karras(10), {.eta = 0}).value, run("dpmpp_2m", karras(10)).value,
              1e-6);
}

TEST(Dpmpp2MSDE, AsksForTheIntervalsOfItsSteps) {
  OneNoise noise;
  run("dpmpp_2m_sde", {4, 2, 1, 0}, {}, &noise);
  EXPECT_THAT(noise.intervals, testing::ElementsAre(std::pair(4.0, 2.0), std::pair(2.0, 1.0)));
}

TEST(Dpmpp2MSDE, KnowsTwoSolvers) {
  const double midpoint = run("dpmpp_2m_sde", karras(6)).value;
  const double heun = run("dpmpp_2m_sde", karras(6), {.solver_type = SolverType::heun}).value;
  EXPECT_GT(std::abs(midpoint - heun), 1e-4);
}

TEST(DDIM, EndsAtTheFirstAlphaOfTheTable) {
  // The clean picture is 2 / 5 and the noise 0.8; the result is scaled to unit variance.
  const double alpha = 1 / (1 + 0.0291675 * 0.0291675);
  const double expected = 0.4 * std::sqrt(alpha) + 0.8 * std::sqrt(1 - alpha);
  EXPECT_NEAR(run("ddim", {2, 0}).value, expected, 1e-6);
}

TEST(DDIM, EndsAtAlphaOneWhenItIsThereAlready) {
  const double from = 0.0291675;
  EXPECT_NEAR(run("ddim", {from, 0}).value, 2 / (1 + from * from), 1e-6);
}

TEST(DDIM, DrawsNoiseOnlyWithEta) {
  OneNoise noise;
  run("ddim", {4, 2, 1, 0}, {}, &noise);
  EXPECT_EQ(noise.fresh_draws, 0);
  run("ddim", {4, 2, 1, 0}, {.eta = 1}, &noise);
  EXPECT_EQ(noise.fresh_draws, 3);
}

TEST(Samplers, RejectOptionsThatTheyDoNotUse) {
  const auto error_of = [](std::string_view sampler, const SamplerOptions& options) {
    try {
      check_options(find_sampler(sampler), options);
    } catch (const Error& e) {
      return std::string(e.what());
    }
    return std::string("no error");
  };
  EXPECT_EQ(error_of("euler", {.eta = 1}),
            "option \"eta\" is not used by sampler \"euler\"\n  hint: leave it out; it belongs to "
            "\"euler_ancestral\", \"dpmpp_2m_sde\" and \"ddim\"");
  EXPECT_EQ(
      error_of("dpmpp_2m", {.s_churn = 1}),
      "option \"s_churn\" is not used by sampler \"dpmpp_2m\"\n  hint: leave it out; it belongs to "
      "\"euler\" and \"heun\"");
  EXPECT_EQ(
      error_of("lms", {.solver_type = SolverType::heun}),
      "option \"solver_type\" is not used by sampler \"lms\"\n  hint: leave it out; it belongs to "
      "\"dpmpp_2m_sde\"");
  EXPECT_EQ(error_of("heun", {.s_noise = 1, .s_churn = 1, .s_tmin = 0, .s_tmax = 5}), "no error");
}

TEST(Samplers, RejectUnknownName) {
  try {
    find_sampler("plms");
    FAIL();
  } catch (const Error& e) {
    EXPECT_STREQ(e.what(), "there is no sampler \"plms\"");
  }
}

}  // namespace
}  // namespace calotype
