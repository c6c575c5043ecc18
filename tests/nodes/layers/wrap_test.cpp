#include "layers/wrap.h"

#include <gtest/gtest.h>

#include "calotype/types/aten.h"
#include "layers/conv2d.h"

namespace calotype {
namespace {

/// A convolution and the library's own on a map that was extended circularly by hand.
void expect_circular(ConvShape shape, Wrap wrap, std::int64_t height, std::int64_t width) {
  const at::Tensor weight = at::randn({shape.out, shape.in, shape.kernel, shape.kernel});
  const at::Tensor bias = at::randn({shape.out});
  const Conv2d conv(weight, bias, shape, {});
  const at::Tensor x = at::randn({2, shape.in, height, width});
  const std::int64_t n = shape.padding;
  const auto pad = [&](const at::Tensor& t, bool around, std::vector<std::int64_t> sides) {
    return around ? at::pad(t, sides, "circular") : at::constant_pad_nd(t, sides);
  };
  const at::Tensor extended = pad(pad(x, wrap.x, {n, n, 0, 0}), wrap.y, {0, 0, n, n});
  const std::vector<std::int64_t> stride{shape.stride, shape.stride};
  const at::Tensor expected = at::conv2d(extended, weight, bias, stride);

  const WrapScope scope(wrap);
  const at::Tensor y = conv(x.contiguous(at::MemoryFormat::ChannelsLast));
  ASSERT_EQ(y.sizes(), expected.sizes());
  EXPECT_TRUE(at::allclose(y, expected, 1e-4, 1e-4));
  const at::Tensor other = at::randn(y.sizes()).contiguous(at::MemoryFormat::ChannelsLast);
  EXPECT_TRUE(at::allclose(conv.plus(x.contiguous(at::MemoryFormat::ChannelsLast), other),
                           expected + other, 1e-4, 1e-4));
}

TEST(Wrap, ContinuesConvolutionsAtTheOppositeEdge) {
  for (const Wrap wrap : {Wrap{true, true}, Wrap{true, false}, Wrap{false, true}}) {
    expect_circular({.in = 3, .out = 5}, wrap, 6, 9);
    expect_circular({.in = 3, .out = 5, .stride = 2}, wrap, 8, 6);
    expect_circular({.in = 3, .out = 5, .kernel = 1, .padding = 0}, wrap, 4, 4);
  }
}

TEST(Wrap, EndsWithItsScope) {
  EXPECT_FALSE(WrapScope::current().any());
  {
    const WrapScope outer({.x = true});
    {
      const WrapScope inner({});
      EXPECT_FALSE(WrapScope::current().any());
    }
    EXPECT_TRUE(WrapScope::current().x);
  }
  EXPECT_FALSE(WrapScope::current().any());
}

}  // namespace
}  // namespace calotype
