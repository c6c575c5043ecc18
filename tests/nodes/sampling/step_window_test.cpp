#include "sampling/step_window.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "calotype/types/aten.h"
#include "sampling/latent_noise.h"
#include "sampling/sample.h"
#include "support/error_text.h"
#include "support/toy_denoiser.h"

namespace calotype {
namespace {

using testing::ElementsAre;

TEST(StepWindow, HoldsTheLevelsOfItsSteps) {
  const std::vector<double> sigmas{8, 4, 2, 1, 0};
  EXPECT_THAT(step_window(sigmas, 0, {}), ElementsAre(8, 4, 2, 1, 0));
  EXPECT_THAT(step_window(sigmas, 0, 3), ElementsAre(8, 4, 2, 1));
  EXPECT_THAT(step_window(sigmas, 3, {}), ElementsAre(1, 0));
  EXPECT_THAT(step_window(sigmas, 2, 99), ElementsAre(2, 1, 0));
  EXPECT_EQ(test::error_text([&] { step_window(sigmas, 3, 3); }),
            "no step is left between start_step 3 and step 3\n"
            "  hint: use a smaller start_step, a larger end_step or more steps");
}

/// A run of `sampler` in one piece, or in two that meet at step 5.
at::Tensor sampled(const std::string& sampler, bool in_two) {
  RunContext context;
  const auto model = std::make_shared<const test::ToyDenoiser>();
  const Noise noise = LatentNoise::run({}, {.width = 64, .height = 64, .seed = 4}, context).noise;
  const Conditioning text{test::toy_context(0.3)};
  const Sample::Inputs in{.model = model, .positive = text, .noise = noise};
  Sample::Params p{.sampler = sampler, .scheduler = "karras", .steps = 12};
  if (!in_two) return Sample::run(in, p, context).latent.values;
  p.end_step = 5;
  Sample::Inputs rest = in;
  rest.latent = Sample::run(in, p, context).latent;
  p.end_step.reset();
  p.start_step = 5;
  return Sample::run(rest, p, context).latent.values;
}

TEST(StepWindow, OfTwoPartsGivesWhatOneRunGives) {
  // Samplers that remember nothing from step to step.
  for (const char* sampler : {"euler", "heun", "ddim"}) {
    EXPECT_TRUE(at::allclose(sampled(sampler, false), sampled(sampler, true), 1e-4, 1e-5))
        << sampler;
  }
}

TEST(StepWindow, NeedsTheLatentThatItContinues) {
  RunContext context;
  const Noise noise = LatentNoise::run({}, {.width = 8, .height = 8}, context).noise;
  const Sample::Inputs in{.model = std::make_shared<const test::ToyDenoiser>(),
                          .positive = {test::toy_context(0.3)},
                          .noise = noise};
  EXPECT_EQ(test::error_text([&] { Sample::run(in, {.start_step = 3}, context); }),
            "start_step continues a latent, and none is given\n"
            "  hint: connect the latent of a Sample with end_step to \"latent\", without a mask");
}

}  // namespace
}  // namespace calotype
