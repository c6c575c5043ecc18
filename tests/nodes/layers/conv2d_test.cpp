#include "layers/conv2d.h"

#include <gtest/gtest.h>

#include <atomic>
#include <thread>
#include <vector>

#include "calotype/types/aten.h"

namespace calotype {
namespace {

TEST(Conv2d, GivesTheSameForMapsOfOtherSizesThanTheFirst) {
  const at::Tensor weight = at::randn({48, 32, 3, 3}), bias = at::randn({48});
  for (const std::int64_t first : {1, 8, 64}) {
    for (const std::int64_t stride : {1, 2}) {
      const Conv2d conv(weight, bias, {.in = 32, .out = 48, .stride = stride}, {});
      // Twice in a row each, which lays the weight out anew.
      for (const std::int64_t side : {first, std::int64_t{1}, std::int64_t{7}, std::int64_t{64}}) {
        for (int turn = 0; turn < 2; ++turn) {
          const at::Tensor x = at::randn({3, 32, side, side + 2});
          const at::Tensor reference = at::conv2d(x, weight, bias, stride, 1);
          EXPECT_TRUE(at::allclose(conv(x), reference, 1e-4, 1e-4))
              << "first " << first << ", given " << side << ", stride " << stride;
        }
      }
    }
  }
}

TEST(Conv2d, AddsToMapsOfOneChannelAndOfOnePixel) {
  for (const std::int64_t channels : {1, 4}) {
    for (const std::int64_t side : {1, 5}) {
      const at::Tensor weight = at::randn({channels, 4, 3, 3}), bias = at::randn({channels});
      const Conv2d conv(weight, bias, {.in = 4, .out = channels}, {});
      const at::Tensor x = at::randn({2, 4, side, side});
      const at::Tensor other = at::randn({2, channels, side, side});
      const at::Tensor reference = at::conv2d(x, weight, bias, 1, 1) + other;
      EXPECT_TRUE(at::allclose(conv.plus(x, other), reference, 1e-4, 1e-4))
          << channels << " channels, " << side << " px";
    }
  }
}

TEST(Conv2d, IsLaidOutOnceForManyThreads) {
  const at::Tensor weight = at::randn({48, 32, 3, 3}), bias = at::randn({48});
  const Conv2d conv(weight, bias, {.in = 32, .out = 48}, {});
  const at::Tensor x = at::randn({1, 32, 16, 16});
  const at::Tensor reference = at::conv2d(x, weight, bias, 1, 1);
  std::vector<std::thread> threads;
  std::atomic<int> right = 0;
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([&] { right += at::allclose(conv(x), reference, 1e-4, 1e-4); });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(right, 4);
}

}  // namespace
}  // namespace calotype
