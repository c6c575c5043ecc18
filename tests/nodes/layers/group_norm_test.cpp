#include <gtest/gtest.h>

#include "calotype/types/aten.h"
#include "layers/norm.h"
#include "support/map_weights.h"

namespace calotype {

namespace {

struct Example {
  at::Tensor weight, bias, x;
};

Example example(std::vector<std::int64_t> shape, double mean) {
  at::manual_seed(3);
  const std::int64_t channels = shape[1];
  return {at::randn({channels}), at::randn({channels}),
          (at::randn(shape) + mean).contiguous(at::MemoryFormat::ChannelsLast)};
}

GroupNorm norm_of(const Example& e, c10::ScalarType dtype) {
  const test::MapWeights weights({{"n.weight", e.weight}, {"n.bias", e.bias}});
  WeightReader reader(weights, {.dtype = dtype}, "test");
  return {reader, "n", e.weight.size(0), 1e-5};
}

/// By the formula, in float64.
at::Tensor expected(const Example& e, const at::Tensor& x) {
  const auto groups = x.to(at::kDouble).contiguous().view({x.size(0), kNormGroups, -1});
  const auto mean = groups.mean(2, true);
  const auto variance = (groups - mean).square().mean(2, true);
  const auto y = ((groups - mean) / (variance + 1e-5).sqrt()).view(x.sizes());
  return y * e.weight.to(at::kDouble).view({1, -1, 1, 1}) +
         e.bias.to(at::kDouble).view({1, -1, 1, 1});
}

double worst(const at::Tensor& a, const at::Tensor& b) {
  return (a.to(at::kDouble) - b).abs().max().item<double>();
}

TEST(GroupNorm, EqualsTheFormulaInChannelsLastMemory) {
  for (const auto& shape : std::vector<std::vector<std::int64_t>>{
           {2, 64, 13, 11}, {1, 320, 8, 8}, {3, 512, 1, 1}, {1, 96, 1, 129}}) {
    const Example e = example(shape, 0.5);
    const at::Tensor y = norm_of(e, at::kFloat)(e.x);
    EXPECT_LT(worst(y, expected(e, e.x)), 2e-5);
    EXPECT_TRUE(y.is_contiguous(at::MemoryFormat::ChannelsLast));
  }
}

TEST(GroupNorm, KeepsItsPrecisionFarFromZero) {
  const Example e = example({1, 64, 32, 32}, 1000.0);
  EXPECT_LT(worst(norm_of(e, at::kFloat)(e.x), expected(e, e.x)), 1e-3);
}

TEST(GroupNorm, EqualsTheFormulaInPlainMemory) {
  Example e = example({2, 64, 6, 5}, 0.5);
  e.x = e.x.contiguous();
  EXPECT_LT(worst(norm_of(e, at::kFloat)(e.x), expected(e, e.x)), 2e-5);
}

TEST(GroupNorm, FusesSiluOverItsWholeRange) {
  Example e = example({1, 64, 9, 9}, 0.0);
  e.weight = at::linspace(0.0, 60.0, 64);
  const at::Tensor y = expected(e, e.x);
  const at::Tensor silu = y / (1.0 + (-y).exp());
  EXPECT_LT(worst(norm_of(e, at::kFloat).silu(e.x), silu), 1e-4);
  EXPECT_LT(((norm_of(e, at::kFloat).silu(e.x).to(at::kDouble) - silu).abs() / (silu.abs() + 1.0))
                .max()
                .item<double>(),
            2e-5);
}

TEST(GroupNorm, ReusesMemoryThatIsGivenUp) {
  const Example e = example({1, 64, 4, 4}, 0.0);
  const GroupNorm norm = norm_of(e, at::kFloat);
  const at::Tensor kept = norm.silu(e.x);
  at::Tensor x = e.x.clone();
  const void* memory = x.const_data_ptr();
  const at::Tensor y = norm.silu(std::move(x));
  EXPECT_EQ(y.const_data_ptr(), memory);
  EXPECT_TRUE(at::equal(y, kept));
}

TEST(GroupNorm, RoundsBFloat16OnlyAtTheEnd) {
  Example e = example({2, 64, 16, 16}, 2.0);
  e.x = e.x.to(at::kBFloat16);
  e.weight = e.weight.to(at::kBFloat16).to(at::kFloat);
  e.bias = e.bias.to(at::kBFloat16).to(at::kFloat);
  const at::Tensor y = norm_of(e, at::kBFloat16)(e.x);
  EXPECT_EQ(y.scalar_type(), at::kBFloat16);
  const at::Tensor exact = expected(e, e.x);
  const at::Tensor rounded = exact.to(at::kFloat).to(at::kBFloat16);
  EXPECT_GT((y == rounded).to(at::kDouble).mean().item<double>(), 0.999);
}

TEST(GroupNorm, PassesNaNOn) {
  Example e = example({1, 64, 4, 4}, 0.0);
  e.x[0][0][0][0] = std::numeric_limits<float>::quiet_NaN();
  const at::Tensor y = norm_of(e, at::kFloat).silu(e.x);
  EXPECT_TRUE(y.narrow(1, 0, 2).isnan().all().item<bool>());
  EXPECT_FALSE(y.narrow(1, 2, 62).isnan().any().item<bool>());
}

}  // namespace

}  // namespace calotype
