#include "image_encoder/image_condition.h"

#include <ATen/CPUGeneratorImpl.h>
#include <gtest/gtest.h>

#include "calotype/types/aten.h"
#include "layers/timestep_embedding.h"

namespace calotype {
namespace {

/// Each picture's own number, 4 times.
class FakeEncoder final : public ImageEncoder {
 public:
  std::int64_t width() const override { return 4; }
  EmbeddingStatistics statistics() const override {
    return {at::full({4}, 0.5), at::full({4}, 2.0)};
  }
  at::Tensor encode(const at::Tensor& pixels) const override {
    return pixels.flatten(1).mean(1, true).expand({-1, 4}).contiguous();
  }
  MemoryUse memory() const override { return {}; }
};

Conditioning run(const at::Tensor& pixels, const ImageCondition::Params& params) {
  RunContext context;
  Conditioning text{at::ones({1, 77, 8})};
  return ImageCondition::run({text, {pixels}, std::make_shared<const FakeEncoder>()}, params,
                             context)
      .conditioning;
}

TEST(ImageCondition, KeepsTheTextAndAddsTheVector) {
  const Conditioning c = run(at::ones({1, 3, 8, 8}), {});
  EXPECT_TRUE(c.context.equal(at::ones({1, 77, 8})));
  ASSERT_EQ(c.vector.sizes(), (std::vector<std::int64_t>{1, 8}));
  EXPECT_EQ(c.vector.scalar_type(), at::kFloat);
}

TEST(ImageCondition, StaysNearTheEmbeddingAtLevelZeroAndLeavesItAtTheLast) {
  const at::Tensor pixels = at::full({1, 3, 8, 8}, 0.75);
  const at::Tensor near = run(pixels, {.noise_level = 0, .seed = 3}).vector.narrow(1, 0, 4);
  EXPECT_LT((near - 0.75).abs().max().item<double>(), 0.1);
  EXPECT_GT((near - 0.75).abs().max().item<double>(), 0);
  const at::Tensor far = run(pixels, {.noise_level = 999, .seed = 3}).vector.narrow(1, 0, 4);
  const auto generator = at::detail::createCPUGenerator(3);
  EXPECT_TRUE(at::allclose(far, at::randn({4}, generator, at::kFloat) * 2 + 0.5, 0, 1e-2));
}

TEST(ImageCondition, EndsWithTheSinusoidsOfTheLevel) {
  const at::Tensor v = run(at::ones({1, 3, 8, 8}), {.noise_level = 250}).vector;
  EXPECT_TRUE(v.narrow(1, 4, 4).equal(timestep_embedding(at::full({1}, 250.0), 4)));
}

TEST(ImageCondition, GivesEachPictureOfABatchItsOwnNoise) {
  const at::Tensor pixels = at::rand({2, 3, 8, 8});
  const at::Tensor both = run(pixels, {.noise_level = 500, .seed = 8}).vector;
  ASSERT_EQ(both.size(0), 2);
  for (const std::int64_t i : {0, 1}) {
    const auto seed = static_cast<std::uint64_t>(8 + i);
    EXPECT_TRUE(both.narrow(0, i, 1).equal(
        run(pixels.narrow(0, i, 1), {.noise_level = 500, .seed = seed}).vector));
  }
}

TEST(ImageCondition, DescribesItselfCompletely) {
  const TypedNode<ImageCondition> node;
  EXPECT_EQ(node.schema().param("noise_level")->max, 999);
  EXPECT_TRUE(node.schema().param("seed")->seed);
  EXPECT_EQ(node.schema().output("conditioning")->type, "Conditioning");
}

}  // namespace
}  // namespace calotype
