#include "sampling/sample.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "sampling/latent_noise.h"
#include "support/toy_denoiser.h"

namespace calotype {
namespace {

using test::toy_context;
using test::ToyDenoiser;

Noise noise(std::int64_t batch = 1, std::uint64_t seed = 11) {
  RunContext context;
  return LatentNoise::run({}, {.width = 64, .height = 32, .batch = batch, .seed = seed}, context)
      .noise;
}

Sample::Inputs inputs(std::int64_t batch = 1) {
  Sample::Inputs in;
  in.model = std::make_shared<ToyDenoiser>();
  in.positive = {toy_context(0.3)};
  in.negative = Conditioning{toy_context(-0.2)};
  in.noise = noise(batch);
  return in;
}

at::Tensor sample(const Sample::Inputs& in, const Sample::Params& p) {
  RunContext context;
  return Sample::run(in, p, context).latent.values;
}

std::string error_of(const Sample::Inputs& in, const Sample::Params& p) {
  try {
    sample(in, p);
  } catch (const Error& e) {
    return e.what();
  }
  return "no error";
}

TEST(Sample, DescribesAllItsMembers) {
  const TypedNode<Sample> node;
  EXPECT_EQ(node.schema().param("sampler")->choices, sampler_names());
  EXPECT_EQ(node.schema().lane, Lane::device);
  EXPECT_TRUE(node.schema().param("eta")->optional);
}

TEST(Sample, MakesBatchEqualSingleRunsWithEverySampler) {
  for (const std::string& sampler : sampler_names()) {
    Sample::Inputs in = inputs(2);
    const at::Tensor both = sample(in, {.sampler = sampler, .steps = 4});
    in.noise = noise(1, 12);
    const at::Tensor second = sample(in, {.sampler = sampler, .steps = 4});
    EXPECT_TRUE(at::allclose(both[1], second[0], 1e-5, 1e-5)) << sampler;
    EXPECT_FALSE(at::allclose(both[0], second[0], 1e-2, 1e-2)) << sampler;
  }
}

TEST(Sample, GivesTheSameTwice) {
  for (const std::string& sampler : sampler_names()) {
    const Sample::Params p{.sampler = sampler, .scheduler = "karras", .steps = 5};
    EXPECT_TRUE(at::equal(sample(inputs(), p), sample(inputs(), p))) << sampler;
  }
}

TEST(Sample, ReturnsTheLatentAtDenoiseZero) {
  Sample::Inputs in = inputs(2);
  in.latent = Latent{at::rand({1, 4, 4, 8})};
  in.model = std::make_shared<ToyDenoiser>(test::ToyOptions{.broken_at = 1});
  EXPECT_TRUE(at::equal(sample(in, {.denoise = 0}), in.latent->values.expand({2, 4, 4, 8})));
}

TEST(Sample, KeepsMoreOfTheLatentWithLessDenoise) {
  Sample::Inputs in = inputs();
  in.latent = Latent{at::full({1, 4, 4, 8}, 3.0)};
  const auto distance = [&](double denoise) {
    const at::Tensor out = sample(in, {.steps = 8, .cfg_scale = 1, .denoise = denoise});
    return (out - in.latent->values).abs().mean().item<double>();
  };
  EXPECT_LT(distance(0.2), distance(0.6));
  EXPECT_LT(distance(0.6), distance(1));
}

TEST(Sample, KeepsTheLatentWhereTheMaskIsZero) {
  Sample::Inputs in = inputs();
  in.latent = Latent{at::rand({1, 4, 4, 8})};
  at::Tensor alpha = at::zeros({1, 1, 32, 64});
  alpha.narrow(3, 0, 32).fill_(1);
  in.mask = Mask{alpha};
  for (const std::string& sampler : sampler_names()) {
    const at::Tensor out = sample(in, {.sampler = sampler, .steps = 4});
    EXPECT_TRUE(at::allclose(out.narrow(3, 4, 4), in.latent->values.narrow(3, 4, 4))) << sampler;
    EXPECT_FALSE(at::allclose(out.narrow(3, 0, 4), in.latent->values.narrow(3, 0, 4), 0.1, 0.1));
  }
}

TEST(Sample, RunsAsManyStepsAsTheDenoiseModeSays) {
  const auto evaluations = [](DenoiseMode mode, double denoise) {
    Sample::Inputs in = inputs();
    in.latent = Latent{at::rand({1, 4, 4, 8})};
    const auto model = std::make_shared<ToyDenoiser>();
    in.model = model;
    sample(in, {.steps = 20, .denoise = denoise, .denoise_mode = mode});
    return model->calls().batches.size();
  };
  EXPECT_EQ(evaluations(DenoiseMode::stretch, 0.75), 20U);
  EXPECT_EQ(evaluations(DenoiseMode::truncate, 0.75), 15U);
  EXPECT_EQ(evaluations(DenoiseMode::a1111, 0.75), 16U);
  EXPECT_EQ(evaluations(DenoiseMode::a1111, 1), 20U);
  EXPECT_EQ(evaluations(DenoiseMode::truncate, 0), 0U);
}

TEST(Sample, ReportsEveryStep) {
  std::vector<std::int64_t> steps;
  RunContext context({}, {.on_progress = [&](const Progress& p) {
                       steps.push_back(p.step);
                       EXPECT_EQ(p.steps, 3);
                     }});
  Sample::run(inputs(), {.sampler = "heun", .steps = 3}, context);
  EXPECT_THAT(steps, testing::ElementsAre(1, 2, 3));
}

TEST(Sample, StopsBeforeTheNextEvaluationWhenCancelled) {
  std::stop_source stop;
  int evaluations = 0;
  Sample::Inputs in = inputs();
  in.model = std::make_shared<ToyDenoiser>(test::ToyOptions{.on_predict = [&] {
    if (++evaluations == 2) stop.request_stop();
  }});
  RunContext context(stop.get_token(), {});
  try {
    Sample::run(in, {.sampler = "heun", .steps = 50}, context);
    FAIL();
  } catch (const Error& e) {
    EXPECT_EQ(e.code(), ErrorCode::cancelled);
  }
  EXPECT_EQ(evaluations, 2);
}

TEST(Sample, NamesTheStepThatWasNotFinite) {
  Sample::Inputs in = inputs();
  in.model = std::make_shared<ToyDenoiser>(test::ToyOptions{.broken_at = 3});
  EXPECT_EQ(error_of(in, {.steps = 6}),
            "the latent is not finite after step 3 of 6\n"
            "  hint: load the model with dtype float32 or bfloat16, or lower cfg_scale");
}

TEST(Sample, NamesTheInputThatIsNotFinite) {
  const std::string end =
      " has values that are not finite\n"
      "  hint: look at what made it: a model in float16, or a file";
  Sample::Inputs in = inputs();
  in.latent = Latent{at::zeros({1, 4, 4, 8})};
  in.mask = Mask{at::full({1, 1, 4, 8}, NAN)};
  EXPECT_EQ(error_of(in, {}), "the mask" + end);
  in.latent->values[0][0][0][0] = INFINITY;
  EXPECT_EQ(error_of(in, {}), "the latent" + end);
  in.noise.values = at::full({1, 4, 4, 8}, NAN);
  EXPECT_EQ(error_of(in, {}), "the noise" + end);
}

TEST(Sample, WarnsWhenTheScheduleStartsLate) {
  std::vector<std::string> warnings;
  RunContext context({},
                     {.on_warning = [&](const std::string& text) { warnings.push_back(text); }});
  Sample::run(inputs(), {.scheduler = "ddim_uniform", .steps = 20}, context);
  EXPECT_TRUE(warnings.empty());
  Sample::run(inputs(), {.scheduler = "ddim_uniform", .steps = 350}, context);
  EXPECT_THAT(warnings, testing::ElementsAre(
                            "scheduler \"ddim_uniform\" with 350 steps starts at timestep 699 of "
                            "1000; use a step count that divides it"));
}

TEST(Sample, RejectsInputsThatDoNotFit) {
  Sample::Inputs in = inputs();
  EXPECT_EQ(error_of(in, {.denoise = 0.5}),
            "denoise below 1 needs a latent to start from\n"
            "  hint: connect \"latent\", or set denoise to 1");
  in.mask = Mask{at::ones({1, 1, 32, 64})};
  EXPECT_EQ(error_of(in, {}),
            "a mask needs a latent to keep where the mask is 0\n"
            "  hint: connect \"latent\", or leave the mask out");
  in.latent = Latent{at::zeros({1, 4, 8, 8})};
  EXPECT_EQ(error_of(in, {}),
            "the latent must have the shape [1, 4, 4, 8] of the noise, got [1, 4, 8, 8]\n"
            "  hint: give LatentNoise the width, height and batch of the picture");
  in.latent = Latent{at::zeros({1, 4, 4, 8})};
  in.mask = Mask{at::ones({1, 1, 50, 100})};
  EXPECT_EQ(error_of(in, {}),
            "the mask is 100 x 50 px, which is no multiple of the latent's 8 x 4\n"
            "  hint: give the mask the size of the picture, with ResizeImage if need be");
  in.mask = Mask{at::ones({2, 1, 32, 64})};
  EXPECT_EQ(error_of(in, {}), "the mask must have the shape [1, 1, H, W], got [2, 1, 32, 64]");
  in.noise.seeds.push_back(1);
  EXPECT_EQ(error_of(in, {}),
            "the noise must have one seed per image: it has 2 seeds for 1 images");
  in.model = std::make_shared<ToyDenoiser>(test::ToyOptions{.channels = 16});
  EXPECT_EQ(error_of(in, {}),
            "the noise must have the shape [B, 16, h, w], got [1, 4, 4, 8]\n"
            "  hint: the model works on latents of 16 channels");
}

TEST(Sample, RejectsOptionsOfOtherSamplers) {
  EXPECT_EQ(
      error_of(inputs(), {.sampler = "dpmpp_2m", .eta = 0.5}),
      "option \"eta\" is not used by sampler \"dpmpp_2m\"\n  hint: leave it out; it belongs to "
      "\"euler_ancestral\", \"dpmpp_2m_sde\" and \"ddim\"");
}

}  // namespace
}  // namespace calotype
