#include "layers/conv2d.h"

#include <gtest/gtest.h>

#include "calotype/types/aten.h"

namespace calotype {
namespace {

TEST(Conv2d, GivesTheSameForMapsOfOtherSizesThanExpected) {
  const at::Tensor weight = at::randn({48, 32, 3, 3}), bias = at::randn({48});
  for (const std::int64_t expected : {1, 8, 64}) {
    for (const std::int64_t stride : {1, 2}) {
      const Conv2d conv(weight, bias, {.in = 32, .out = 48, .stride = stride}, {}, expected);
      for (const std::int64_t side : {1, 7, 64}) {
        const at::Tensor x = at::randn({3, 32, side, side + 2});
        const at::Tensor reference = at::conv2d(x, weight, bias, stride, 1);
        EXPECT_TRUE(at::allclose(conv(x), reference, 1e-4, 1e-4))
            << "for " << expected << ", given " << side << ", stride " << stride;
      }
    }
  }
}

}  // namespace
}  // namespace calotype
