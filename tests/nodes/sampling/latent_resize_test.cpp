#include "sampling/latent_resize.h"

#include <gtest/gtest.h>

#include "calotype/types/aten.h"

namespace calotype {
namespace {

std::vector<std::int64_t> size_of(const LatentResize::Params& p, const at::Tensor& latent) {
  RunContext context;
  return LatentResize::run({{latent}}, p, context).latent.values.sizes().vec();
}

TEST(LatentResize, FollowsScaleOrSides) {
  const at::Tensor latent = at::rand({2, 4, 8, 16});
  using Shape = std::vector<std::int64_t>;
  EXPECT_EQ(size_of({}, latent), (Shape{2, 4, 16, 32}));
  EXPECT_EQ(size_of({.scale = 1.5}, latent), (Shape{2, 4, 12, 24}));
  EXPECT_EQ(size_of({.width = 192}, latent), (Shape{2, 4, 12, 24}));
  EXPECT_EQ(size_of({.height = 192}, latent), (Shape{2, 4, 24, 48}));
  EXPECT_EQ(size_of({.width = 64, .height = 192}, latent), (Shape{2, 4, 24, 8}));
}

TEST(LatentResize, KeepsConstantsAndValuesAtTheSameSize) {
  RunContext context;
  const at::Tensor latent = at::rand({1, 4, 6, 6});
  for (const auto& [name, method] : EnumNames<LatentFilter>::table()) {
    const at::Tensor same =
        LatentResize::run({{latent}}, {.scale = 1, .method = method}, context).latent.values;
    EXPECT_TRUE(at::allclose(same, latent, 1e-5, 1e-6)) << name;
    const at::Tensor flat = LatentResize::run({{at::full({1, 4, 6, 6}, 0.7)}},
                                              {.scale = 2.5, .method = method}, context)
                                .latent.values;
    EXPECT_TRUE(at::allclose(flat, at::full({1, 4, 15, 15}, 0.7), 1e-5, 1e-6)) << name;
  }
}

TEST(LatentResize, RefusesToShrinkToNothing) {
  try {
    size_of({.scale = 0.05}, at::rand({1, 4, 8, 8}));
    FAIL();
  } catch (const Error& e) {
    EXPECT_STREQ(e.what(),
                 "a latent of [1, 4, 8, 8] cannot shrink to nothing\n"
                 "  hint: use a larger scale, width or height");
  }
}

}  // namespace
}  // namespace calotype
