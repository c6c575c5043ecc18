#include "sampling/brownian_tree.h"

#include <gtest/gtest.h>

#include <array>
#include <cmath>

#include "calotype/types/aten.h"
#include "sampling/seed_sequence.h"

namespace calotype {
namespace {

// Values of numpy: SeedSequence(entropy, spawn_key=..., pool_size=...).generate_state(3)
TEST(SeedSequence, EqualsNumpy) {
  EXPECT_EQ(SeedSequence(0, {}, 4).generate_state(3),
            (std::vector<std::uint32_t>{2968811710, 3677149159, 745650761}));
  const std::array<std::uint64_t, 2> key{5, 3};
  EXPECT_EQ(SeedSequence(42, key, 24).generate_state(3),
            (std::vector<std::uint32_t>{3084123560, 468215949, 242942938}));
  EXPECT_EQ(SeedSequence(0x123456789abcdef0, key, 8).generate_state(3),
            (std::vector<std::uint32_t>{2378520172, 2031325541, 2875887533}));
}

TEST(BrownianTree, DoesNotDependOnWhatWasAskedBefore) {
  BrownianTree fresh(0.03, 14.6, {4, 8, 8}, 5);
  BrownianTree used(0.03, 14.6, {4, 8, 8}, 5);
  for (const double t : {0.5, 3.0, 1.25, 14.0, 0.031}) used.increment(0.03, t);
  EXPECT_TRUE(at::equal(fresh.increment(1.7, 4.2), used.increment(1.7, 4.2)));
}

TEST(BrownianTree, AddsUpOverPartsOfAnInterval) {
  BrownianTree tree(0.03, 14.6, {4, 8, 8}, 9);
  const at::Tensor whole = tree.increment(0.03, 14.6);
  const at::Tensor parts =
      tree.increment(0.03, 2.0) + tree.increment(2.0, 7.1) + tree.increment(7.1, 14.6);
  EXPECT_TRUE(at::allclose(whole, parts, 1e-4, 1e-4));
}

TEST(BrownianTree, ReversesSignWithDirection) {
  BrownianTree tree(0, 1, {4}, 1);
  EXPECT_TRUE(at::equal(tree.increment(0.2, 0.7), -tree.increment(0.7, 0.2)));
  EXPECT_TRUE(at::equal(tree.increment(0.5, 0.5), at::zeros({4})));
}

TEST(BrownianTree, GivesOtherPathsToOtherSeeds) {
  BrownianTree a(0, 1, {64}, 1);
  BrownianTree b(0, 1, {64}, 2);
  EXPECT_FALSE(at::allclose(a.increment(0.1, 0.6), b.increment(0.1, 0.6)));
}

TEST(BrownianTree, HasTheVarianceOfBrownianMotionAndIndependentParts) {
  BrownianTree tree(0, 16, {100, 200}, 3);
  const at::Tensor first = tree.increment(1.3, 4.9).flatten();
  const at::Tensor second = tree.increment(4.9, 11.0).flatten();
  // 20000 numbers: the standard error of a variance is 1 %, of a correlation 0.7 %.
  EXPECT_NEAR(first.var().item<double>() / 3.6, 1, 0.05);
  EXPECT_NEAR(second.var().item<double>() / 6.1, 1, 0.05);
  EXPECT_NEAR(first.mean().item<double>() / std::sqrt(3.6), 0, 0.03);
  EXPECT_NEAR((first * second).mean().item<double>() / std::sqrt(3.6 * 6.1), 0, 0.03);
}

TEST(BrownianTree, ResolvesNeighboursOnTheGrid) {
  BrownianTree tree(0, 14.6, {64}, 4);
  const at::Tensor tiny = tree.increment(3.000001, 3.000002);
  EXPECT_NEAR(tiny.pow(2).mean().item<double>() / 1e-6, 1, 0.6);
}

TEST(BrownianTree, MovesTimesOutsideToTheEnds) {
  BrownianTree tree(1, 2, {8}, 4);
  EXPECT_TRUE(at::equal(tree.increment(-5, 50), tree.increment(1, 2)));
}

}  // namespace
}  // namespace calotype
