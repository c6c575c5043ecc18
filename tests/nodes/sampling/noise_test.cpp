#include "sampling/latent_noise.h"

#include <gtest/gtest.h>

#include <limits>

#include "calotype/types/aten.h"
#include "sampling/noise_stream.h"
#include "support/error_text.h"

namespace calotype {
namespace {

Noise draw(const LatentNoise::Params& p) {
  RunContext context;
  return LatentNoise::run({}, p, context).noise;
}

// Values of Python: torch.randn([1, 4, 1, 1], generator=torch.Generator().manual_seed(0))
TEST(LatentNoise, EqualsTorchRandnOfSeedZero) {
  const Noise noise = draw({.width = 8, .height = 8});
  ASSERT_EQ(noise.values.sizes(), (std::vector<std::int64_t>{1, 4, 1, 1}));
  const at::Tensor expected =
      at::tensor({1.5409960746765137, -0.293428897857666, -2.1787893772125244, 0.5684312582015991},
                 at::kFloat);
  EXPECT_TRUE(at::equal(noise.values.flatten(), expected)) << noise.values;
}

TEST(LatentNoise, MakesBatchEqualSingleRuns) {
  const Noise batch = draw({.width = 64, .height = 32, .batch = 3, .seed = 41});
  ASSERT_EQ(batch.values.sizes(), (std::vector<std::int64_t>{3, 4, 4, 8}));
  for (std::int64_t i = 0; i < 3; ++i) {
    const auto seed = static_cast<std::uint64_t>(41 + i);
    const Noise one = draw({.width = 64, .height = 32, .seed = seed});
    EXPECT_TRUE(at::equal(batch.values[i], one.values[0])) << i;
    EXPECT_EQ(batch.seeds[static_cast<std::size_t>(i)], seed);
  }
}

TEST(LatentNoise, WrapsSeedsAtTheEndOfTheirRange) {
  const Noise noise = draw(
      {.width = 8, .height = 8, .batch = 2, .seed = std::numeric_limits<std::uint64_t>::max()});
  EXPECT_EQ(noise.seeds[1], 0U);
  EXPECT_TRUE(at::equal(noise.values[1], draw({.width = 8, .height = 8}).values[0]));
}

// Values of CUDA's torch.randn([3, 4]) after torch.manual_seed(0), of the reference systems' notes.
TEST(LatentNoise, OfPhiloxEqualsThatOfCuda) {
  const at::Tensor expected =
      at::tensor({-.92466259, -.42534415, -2.6438457, .14518388, -.12086647, -.57972564, -.62285122,
                  -.32838709, -1.07454231, -.36314407, -1.67105067, 2.26550497},
                 at::kFloat);
  const at::Tensor drawn =
      draw({.width = 24, .height = 8, .source = NoiseSource::philox}).values.flatten();
  EXPECT_TRUE(at::allclose(drawn, expected, 1e-6, 1e-6)) << drawn;
}

TEST(LatentNoise, OfPhiloxGoesOnWithItsOwnGenerator) {
  const Noise noise = draw({.width = 64, .height = 64, .seed = 3, .source = NoiseSource::philox});
  NoiseStream stream(noise.seeds, {4, 8, 8}, NoiseSource::philox);
  EXPECT_TRUE(at::equal(stream.draw(), noise.values));
  EXPECT_TRUE(at::equal(NoiseStream::after(noise).draw(), stream.draw()));
}

TEST(LatentNoise, RefusesTheDeviceWhereThereIsNone) {
  if (at::hasCUDA()) GTEST_SKIP() << "there is a CUDA device";
  EXPECT_EQ(test::error_text([] { draw({.source = NoiseSource::device}); }),
            "source \"device\" needs a CUDA device, and there is none\n"
            "  hint: use \"cpu\", or \"philox\" for the numbers that a CUDA device draws");
}

TEST(LatentNoise, WithAVariationIsFiniteForColumnsOfOnePixel) {
  const at::Tensor values =
      draw({.width = 64, .height = 8, .seed = 3, .variation_seed = 9, .variation_strength = 0.3})
          .values;
  EXPECT_LT(values.abs().max().item<double>(), 10);
}

TEST(LatentNoise, TurnsTowardsTheVariationSeed) {
  const auto varied = [](double strength) {
    return draw({.width = 64,
                 .height = 64,
                 .seed = 3,
                 .variation_seed = 9,
                 .variation_strength = strength})
        .values;
  };
  const at::Tensor from = draw({.width = 64, .height = 64, .seed = 3}).values;
  const at::Tensor to = draw({.width = 64, .height = 64, .seed = 9}).values;
  EXPECT_TRUE(at::allclose(varied(1e-6), from, 1e-4, 1e-4));
  EXPECT_TRUE(at::allclose(varied(1), to, 1e-5, 1e-5));
  // Halfway, every column lies between both and keeps the length that they have.
  const auto lengths = [](const at::Tensor& t) { return t.square().sum(2); };
  const at::Tensor half = lengths(varied(0.5));
  EXPECT_TRUE((half <= at::maximum(lengths(from), lengths(to)) * 1.001).all().item<bool>());
}

TEST(LatentNoise, VariesABatchByItsVariationSeeds) {
  const Noise batch = draw({.width = 64,
                            .height = 64,
                            .batch = 2,
                            .seed = 3,
                            .variation_seed = 9,
                            .variation_strength = 0.3});
  EXPECT_EQ(batch.seeds, (std::vector<std::uint64_t>{3, 3}));
  const Noise second =
      draw({.width = 64, .height = 64, .seed = 3, .variation_seed = 10, .variation_strength = 0.3});
  EXPECT_TRUE(at::equal(batch.values[1], second.values[0]));
}

TEST(LatentNoise, TakesSizeAndNumberFromALatent) {
  RunContext context;
  const Latent latent{at::zeros({2, 4, 3, 5})};
  const Noise noise =
      LatentNoise::run({latent}, {.width = 8, .height = 8, .batch = 7, .seed = 3}, context).noise;
  const Noise expected = draw({.width = 40, .height = 24, .batch = 2, .seed = 3});
  EXPECT_TRUE(at::equal(noise.values, expected.values));
  EXPECT_EQ(noise.seeds, expected.seeds);
  try {
    LatentNoise::run({Latent{at::zeros({4, 3, 5})}}, {}, context);
    FAIL();
  } catch (const Error& e) {
    EXPECT_STREQ(e.what(), "the latent must have the shape [B, C, h, w], got [4, 3, 5]");
  }
}

TEST(NoiseStream, ContinuesEachGeneratorAfterTheStartNoise) {
  const Noise noise = draw({.width = 64, .height = 64, .batch = 2, .seed = 7});
  NoiseStream from_start(noise.seeds, {4, 8, 8});
  EXPECT_TRUE(at::equal(from_start.draw(), noise.values));
  NoiseStream after = NoiseStream::after(noise);
  EXPECT_TRUE(at::equal(after.draw(), from_start.draw()));
  EXPECT_TRUE(at::equal(after.draw(), from_start.draw()));
}

}  // namespace
}  // namespace calotype
