#include "pictures/resample.h"

#include <gtest/gtest.h>

#include "calotype/error.h"
#include "calotype/types/aten.h"

namespace calotype {
namespace {

constexpr ResampleMethod kAll[] = {ResampleMethod::nearest, ResampleMethod::bilinear,
                                   ResampleMethod::bicubic, ResampleMethod::area,
                                   ResampleMethod::lanczos};

double difference(const at::Tensor& a, const at::Tensor& b) {
  return (a - b).abs().max().item<double>();
}

std::string error_of(const at::Tensor& maps, std::int64_t height, std::int64_t width) {
  try {
    resample(maps, height, width, ResampleMethod::lanczos);
  } catch (const Error& e) {
    return e.what();
  }
  return "no error";
}

TEST(Resample, KeepsEvenMaps) {
  const at::Tensor maps = at::full({2, 3, 7, 9}, 0.25);
  for (const ResampleMethod method : kAll) {
    for (const auto& [height, width] : {std::pair{1, 1}, {3, 20}, {21, 4}, {14, 18}}) {
      const at::Tensor out = resample(maps, height, width, method);
      EXPECT_EQ(out.sizes(), (std::vector<std::int64_t>{2, 3, height, width}));
      EXPECT_LT(difference(out, at::full_like(out, 0.25)), 1e-6);
    }
  }
}

TEST(Resample, LeavesASideThatKeepsItsSize) {
  const at::Tensor maps = at::rand({1, 2, 5, 6});
  for (const ResampleMethod method : kAll) {
    EXPECT_TRUE(at::equal(resample(maps, 5, 6, method), maps));
    const at::Tensor wide = resample(maps, 5, 12, method);
    for (std::int64_t row = 0; row < 5; ++row) {
      EXPECT_TRUE(
          at::equal(resample(maps.narrow(2, row, 1), 1, 12, method), wide.narrow(2, row, 1)));
    }
  }
}

TEST(Resample, IsTheSameForTransposedMaps) {
  const at::Tensor maps = at::rand({1, 2, 11, 8});
  for (const ResampleMethod method : kAll) {
    const at::Tensor out = resample(maps.transpose(2, 3), 5, 23, method).transpose(2, 3);
    EXPECT_LT(difference(out, resample(maps, 23, 5, method)), 1e-6);
  }
}

TEST(Resample, TakesMeansWhenAreaShrinksByWholeNumbers) {
  const at::Tensor maps = at::rand({1, 3, 12, 8});
  EXPECT_LT(difference(resample(maps, 3, 4, ResampleMethod::area), at::avg_pool2d(maps, {4, 2})),
            1e-6);
}

TEST(Resample, AreaEqualsTorch) {
  const at::Tensor maps = at::rand({2, 3, 13, 8});
  for (const auto& [height, width] : {std::pair{5, 3}, {17, 31}, {13, 1}, {26, 8}}) {
    EXPECT_LT(difference(resample(maps, height, width, ResampleMethod::area),
                         at::adaptive_avg_pool2d(maps, {height, width})),
              1e-6);
  }
}

TEST(Resample, NearestEqualsTorchExact) {
  const at::Tensor maps = at::rand({2, 3, 13, 8});
  for (const auto& [height, width] : {std::pair{5, 3}, {17, 31}, {26, 8}}) {
    EXPECT_TRUE(at::equal(resample(maps, height, width, ResampleMethod::nearest),
                          at::_upsample_nearest_exact2d(maps, {height, width})));
  }
}

TEST(Resample, ReadsHalfPrecisionAndStridedMaps) {
  const at::Tensor maps = at::rand({1, 3, 6, 7}).to(at::kHalf);
  const at::Tensor last = maps.contiguous(at::MemoryFormat::ChannelsLast);
  const at::Tensor out = resample(last, 9, 9, ResampleMethod::lanczos);
  EXPECT_EQ(out.scalar_type(), at::kFloat);
  EXPECT_TRUE(out.is_contiguous());
  EXPECT_TRUE(at::equal(out, resample(maps.to(at::kFloat), 9, 9, ResampleMethod::lanczos)));
}

TEST(Resample, RejectsWhatIsNoMap) {
  EXPECT_EQ(error_of(at::zeros({3, 4, 4}), 2, 2),
            "resampling takes floating point maps [B, C, H, W], got Float [3, 4, 4]");
  EXPECT_EQ(error_of(at::zeros({1, 3, 0, 4}), 2, 2),
            "resampling takes floating point maps [B, C, H, W], got Float [1, 3, 0, 4]");
  EXPECT_EQ(error_of(at::zeros({1, 3, 4, 4}, at::kLong), 2, 2),
            "resampling takes floating point maps [B, C, H, W], got Long [1, 3, 4, 4]");
  EXPECT_EQ(error_of(at::zeros({1, 3, 4, 4}), 0, 2),
            "pictures have at least 1 x 1 pixels, asked for 2 x 0");
}

}  // namespace
}  // namespace calotype
