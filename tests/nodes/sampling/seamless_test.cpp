#include "sampling/seamless.h"

#include <gtest/gtest.h>

#include "calotype/types/aten.h"
#include "layers/wrap.h"
#include "support/toy_denoiser.h"

namespace calotype {
namespace {

TEST(SeamlessModel, WrapsWhatItsNetworkComputesAndNothingElse) {
  Wrap seen;
  const auto toy = std::make_shared<const test::ToyDenoiser>(
      test::ToyOptions{.on_predict = [&] { seen = WrapScope::current(); }});
  RunContext context;
  const DenoiserHandle model = SeamlessModel::run({toy}, {.axis = SeamlessAxis::x}, context).model;
  EXPECT_EQ(model->family(), "toy");
  EXPECT_EQ(model->input_channels(), 4);
  const auto run = model->begin({.context = test::toy_context(0.3)});
  run->predict(at::zeros({1, 4, 2, 2}), at::zeros({1}));
  EXPECT_TRUE(seen.x);
  EXPECT_FALSE(seen.y);
  EXPECT_FALSE(WrapScope::current().any());
}

}  // namespace
}  // namespace calotype
