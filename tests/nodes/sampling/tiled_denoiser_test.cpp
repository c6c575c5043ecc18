#include "sampling/tiled_denoiser.h"

#include <gtest/gtest.h>

#include "sampling/sample.h"
#include "support/toy_denoiser.h"

namespace calotype {
namespace {

Sample::Inputs inputs(std::shared_ptr<test::ToyDenoiser> model) {
  Sample::Inputs in;
  in.model = std::move(model);
  in.positive = {.context = test::toy_context(0.3)};
  in.negative = Conditioning{.context = test::toy_context(-0.2)};
  in.noise = {at::randn({2, 4, 50, 71}), {1, 2}, NoiseSource::cpu};
  return in;
}

TEST(TiledDenoiser, EqualsTheWholeWhereNothingCrossesTiles) {
  const auto model = std::make_shared<test::ToyDenoiser>();
  const Sample::Inputs in = inputs(model);
  RunContext context;
  const at::Tensor whole = Sample::run(in, {.steps = 3}, context).latent.values;
  const at::Tensor tiled = Sample::run(in, {.steps = 3, .tile = 32}, context).latent.values;
  EXPECT_LT((whole - tiled).abs().max().item<double>(), 1e-4);
  EXPECT_EQ(model->calls().batches.size(), 3U + 3 * 12);
  EXPECT_EQ(model->calls().contexts.size(), 2U);
}

TEST(TiledDenoiser, CanBeCancelledBetweenTiles) {
  std::stop_source stop;
  int evaluations = 0;
  const auto model = std::make_shared<test::ToyDenoiser>(test::ToyOptions{.on_predict = [&] {
    if (++evaluations == 4) stop.request_stop();
  }});
  RunContext context(stop.get_token(), {});
  EXPECT_THROW(Sample::run(inputs(model), {.steps = 3, .tile = 32}, context), Error);
  EXPECT_EQ(evaluations, 4);
}

}  // namespace
}  // namespace calotype
