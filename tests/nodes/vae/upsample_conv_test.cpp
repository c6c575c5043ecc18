#include "vae/upsample_conv.h"

#include <gtest/gtest.h>

#include <array>
#include <map>
#include <string>

#include "calotype/types/aten.h"
#include "layers/wrap.h"
#include "support/map_weights.h"

namespace calotype {
namespace {

constexpr std::int64_t kChannels = 6;

struct Doubling {
  at::Tensor weight = at::randn({kChannels, kChannels, 3, 3});
  at::Tensor bias = at::randn({kChannels});
  test::MapWeights weights{
      std::map<std::string, at::Tensor, std::less<>>{{"up.weight", weight}, {"up.bias", bias}}};
  WeightReader reader{weights, {}, "test"};
  UpsampleConv conv{reader, "up", kChannels};
};

at::Tensor channels_last(const at::Tensor& x) {
  return x.contiguous(at::MemoryFormat::ChannelsLast);
}

TEST(UpsampleConv, EqualsRepetitionAndAConvolution) {
  const Doubling doubling;
  // Lower than a strip, a whole number of strips, and a rest.
  for (const std::int64_t height : {5, 64, 128, 131}) {
    const at::Tensor x = at::randn({2, kChannels, height, 7});
    const std::array<std::int64_t, 2> size{2 * height, 14}, padding{1, 1}, stride{1, 1};
    const at::Tensor expected = at::conv2d(at::upsample_nearest2d(x, size), doubling.weight,
                                           doubling.bias, stride, padding);
    const at::Tensor y = doubling.conv(channels_last(x));
    EXPECT_TRUE(at::allclose(y, expected, 1e-4, 1e-4)) << height;
  }
}

TEST(UpsampleConv, OfAShiftedMapIsShiftedWhereEdgesAreNeighbours) {
  const Doubling doubling;
  const WrapScope scope({.x = true, .y = true});
  const at::Tensor x = at::randn({1, kChannels, 66, 7});
  const at::Tensor y = doubling.conv(channels_last(x));
  const at::Tensor shifted = doubling.conv(channels_last(at::roll(x, {3, 2}, {2, 3})));
  EXPECT_TRUE(at::allclose(shifted, at::roll(y, {6, 4}, {2, 3}), 1e-4, 1e-4));
}

}  // namespace
}  // namespace calotype
