#include <gtest/gtest.h>

#include <limits>
#include <stop_token>
#include <string>
#include <vector>

#include "calotype/types.h"
#include "calotype/types/aten.h"
#include "support/palette_plugin.h"

namespace calotype {
namespace {

using test::Inputs;
using test::Params;
using test::text;

/// Pictures of one row whose pixels are the given greys.
Image greys(const std::vector<float>& values) {
  return {at::tensor(values).view({1, 1, 1, -1}).expand({1, 3, 1, -1}).contiguous()};
}

/// Noise that is the same on every machine: 2 pictures of 24 x 16 pixels.
Image noise() {
  const at::Tensor n = at::arange(2 * 3 * 24 * 16).to(at::kDouble);
  return {(n * 12.9898).sin().mul(43758.5453).frac().abs().to(at::kFloat).view({2, 3, 24, 16})};
}

at::Tensor rows_of(const at::Tensor& pixels) {
  return pixels.permute({0, 2, 3, 1}).reshape({-1, 3}).to(at::kDouble);
}

/// Squared distances of all rows to all colours: [M, N].
at::Tensor distances(const at::Tensor& rows, const at::Tensor& colours) {
  return (rows.unsqueeze(1) - colours.to(at::kDouble).unsqueeze(0)).square().sum(-1);
}

class PaletteNodes : public test::PalettePlugin {
 protected:
  Value extract(const Image& image, std::int64_t colours, const char* method,
                const char* space = "srgb") {
    return run("example.ExtractPalette", {{Value::of(image)}}, {colours, text(method), text(space)})
        .at(0);
  }
  at::Tensor quantize(const Image& image, const Value& palette, const char* dither,
                      double strength = 1, bool serpentine = true, const char* space = "srgb") {
    return run("example.QuantizeImage", {{Value::of(image)}, {palette}},
               {text(dither), strength, serpentine, text(space)})
        .at(0)
        .as<Image>()
        .pixels;
  }
};

TEST_F(PaletteNodes, ExtractsExactlyTheColoursOfAPictureThatHasFew) {
  const at::Tensor colours =
      at::tensor({10.f, 20.f, 30.f, 200.f, 100.f, 0.f, 7.f, 255.f, 128.f}).view({3, 3}) / 255;
  const at::Tensor index = at::tensor({1, 0, 1, 2, 1, 2}, at::kLong);
  const Image image{
      colours.index_select(0, index).view({1, 2, 3, 3}).permute({0, 3, 1, 2}).contiguous()};
  const at::Tensor expected = colours.index_select(0, at::tensor({1, 2, 0}, at::kLong));
  for (const char* method : {"median_cut", "k_means"}) {
    for (const char* space : {"srgb", "linear_rgb", "oklab"}) {
      const Value palette = extract(image, 5, method, space);
      EXPECT_TRUE(at::equal(member(palette, "colours"), expected)) << method << " " << space;
      EXPECT_TRUE(at::equal(member(palette, "pixels"), at::tensor({3, 2, 1}, at::kLong)));
    }
  }
}

TEST_F(PaletteNodes, CutsWhereTheNumbersOfPixelsAreNearestToEqual) {
  // 3 | 1 + 1 + 1 is the equal cut; then the right box deviates more and falls into 1 | 1 + 1 or
  // 1 + 1 | 1, of which the first is taken.
  const Value palette = extract(greys({0, 0, 0, 0.5f, 0.75f, 1}), 3, "median_cut");
  const at::Tensor colours = member(palette, "colours").select(1, 0);
  EXPECT_TRUE(at::equal(colours, at::tensor({0.f, 0.875f, 0.5f}))) << colours;
  EXPECT_TRUE(at::equal(member(palette, "pixels"), at::tensor({3, 2, 1}, at::kLong)));
}

TEST_F(PaletteNodes, KMeansEndsWhereEveryPixelIsNearestToTheMeanOfItsGroup) {
  const Image image = noise();
  const Value palette = extract(image, 12, "k_means");
  const at::Tensor rows = rows_of(image.pixels);
  const at::Tensor colours = member(palette, "colours").to(at::kDouble);
  const at::Tensor nearest = distances(rows, colours).argmin(1);
  at::Tensor sums = at::zeros({colours.size(0), 3}, at::kDouble).index_add(0, nearest, rows);
  const at::Tensor members = at::bincount(nearest, {}, colours.size(0));
  EXPECT_TRUE(at::equal(members, member(palette, "pixels")));
  EXPECT_TRUE(at::allclose(sums / members.unsqueeze(1), colours, 0, 1e-6));
}

TEST_F(PaletteNodes, KMeansIsNeverWorseThanMedianCut) {
  const Image image = noise();
  const auto error = [&](const char* method) {
    const at::Tensor colours = member(extract(image, 12, method), "colours");
    return distances(rows_of(image.pixels), colours).amin(1).mean().item<double>();
  };
  EXPECT_LT(error("k_means"), 0.95 * error("median_cut"));
}

TEST_F(PaletteNodes, GivesTheSameBytesOnEveryRun) {
  const Image image = noise();
  const at::Tensor first = member(extract(image, 16, "k_means", "oklab"), "colours");
  const Value palette = extract(image, 16, "k_means", "oklab");
  EXPECT_TRUE(at::equal(first, member(palette, "colours")));
  EXPECT_TRUE(at::equal(quantize(image, palette, "floyd_steinberg", 1, true, "oklab"),
                        quantize(image, palette, "floyd_steinberg", 1, true, "oklab")));
}

TEST_F(PaletteNodes, WithoutDitheringTakesTheNearestColour) {
  const Image image = noise();
  const at::Tensor colours = rows_of(noise().pixels).slice(0, 5, 45).to(at::kFloat).contiguous();
  const at::Tensor nearest = distances(rows_of(image.pixels), colours).argmin(1);
  const at::Tensor expected =
      colours.index_select(0, nearest).view({2, 24, 16, 3}).permute({0, 3, 1, 2});
  EXPECT_TRUE(at::equal(quantize(image, palette(colours), "none"), expected));
}

TEST_F(PaletteNodes, TakesTheFirstOfEquallyNearColours) {
  const at::Tensor result = quantize(greys({0.5f}), grey_palette({1, 0}), "none");
  EXPECT_EQ(result.flatten()[0].item<float>(), 1);
}

TEST_F(PaletteNodes, PaintsABatchAsItPaintsItsPictures) {
  const Image image = noise();
  const Value colours = extract(image, 6, "median_cut");
  for (const char* dither : {"none", "floyd_steinberg", "ordered"}) {
    const at::Tensor both = quantize(image, colours, dither);
    const at::Tensor second = quantize({image.pixels.narrow(0, 1, 1)}, colours, dither);
    EXPECT_TRUE(at::equal(both.narrow(0, 1, 1), second)) << dither;
    EXPECT_TRUE(at::equal(
        rows_of(both).to(at::kFloat),
        member(colours, "colours")
            .index_select(0, distances(rows_of(both), member(colours, "colours")).argmin(1))))
        << dither << " paints with other colours than the palette's";
  }
}

TEST_F(PaletteNodes, StrengthZeroIsAsWithoutDithering) {
  const Image image = noise();
  const Value colours = extract(image, 6, "median_cut");
  const at::Tensor plain = quantize(image, colours, "none");
  EXPECT_TRUE(at::equal(quantize(image, colours, "floyd_steinberg", 0), plain));
  EXPECT_TRUE(at::equal(quantize(image, colours, "ordered", 0), plain));
  EXPECT_FALSE(at::equal(quantize(image, colours, "ordered", 1), plain));
}

TEST_F(PaletteNodes, DitheringKeepsTheBrightnessOfEveryRegion) {
  const at::Tensor ramp = at::linspace(0.1, 0.9, 64).view({1, 1, 1, 64}).expand({1, 3, 64, 64});
  const Value black_white = grey_palette({0, 1});
  for (const char* dither : {"floyd_steinberg", "ordered"}) {
    const at::Tensor result = quantize({ramp.contiguous()}, black_white, dither);
    const at::Tensor error = (at::avg_pool2d(result, 16) - at::avg_pool2d(ramp, 16)).abs().max();
    EXPECT_LT(error.item<double>(), 0.02) << dither;
  }
}

TEST_F(PaletteNodes, InLinearLightHalfGreyBecomesAFifthOfWhite) {
  const Image grey{at::full({1, 3, 64, 64}, 0.5)};
  const at::Tensor result =
      quantize(grey, grey_palette({0, 1}), "floyd_steinberg", 1, true, "linear_rgb");
  EXPECT_NEAR(result.mean().item<double>(), 0.214, 0.005);  // ((0.5 + 0.055) / 1.055) ^ 2.4
}

TEST_F(PaletteNodes, OrderedDitheringOfBlackAndWhiteIsBayersThreshold) {
  // From the recursion of the matrix, worked out by hand: the rank of each place.
  constexpr int kBayer[4][4] = {
      {0, 32, 8, 40}, {48, 16, 56, 24}, {12, 44, 4, 36}, {60, 28, 52, 20}};
  for (const int level : {1, 7, 13, 29, 33, 50, 61}) {
    const Image grey{at::full({1, 3, 8, 8}, level / 64.0)};
    const at::Tensor white = quantize(grey, grey_palette({0, 1}), "ordered").select(1, 0)[0];
    EXPECT_EQ(white.sum().item<float>(), static_cast<float>(level));
    for (int y = 0; y < 4; ++y) {
      for (int x = 0; x < 4; ++x) {
        EXPECT_EQ(white[y][x].item<float>() == 1, kBayer[y][x] >= 64 - level) << x << " " << y;
      }
    }
  }
}

TEST_F(PaletteNodes, DiffusesToTheNeighboursOfFloydAndSteinberg) {
  // 0.75 becomes white and leaves -0.25: of it 5/16 go below, 3/16 and 1/16 beside that.
  at::Tensor pixels = at::zeros({1, 3, 2, 3});
  pixels.select(2, 0).select(2, 1).fill_(0.75);
  pixels.select(2, 1).copy_(at::tensor({0.54f, 0.57f, 0.51f}).expand({1, 3, 3}));
  const auto lower = [&](double strength, bool serpentine) {
    const at::Tensor result =
        quantize({pixels}, grey_palette({0, 1}), "floyd_steinberg", strength, serpentine);
    return result.select(1, 0).select(1, 1).flatten();
  };
  // Left to right: 0.54 - 3/64 -> 0 and leaves 0.493; 0.57 - 5/64 + 0.216 -> 1 and leaves -0.292;
  // 0.51 - 1/64 - 0.128 -> 0. Right to left: 0.51 - 1/64 -> 0 and leaves 0.494;
  // 0.57 - 5/64 + 0.216 -> 1 and leaves -0.292; 0.54 - 3/64 - 0.128 -> 0.
  EXPECT_TRUE(at::equal(lower(1, false), at::tensor({0.f, 1.f, 0.f})));
  EXPECT_TRUE(at::equal(lower(1, true), at::tensor({0.f, 1.f, 0.f})));
  EXPECT_TRUE(at::equal(lower(0, true), at::tensor({1.f, 1.f, 1.f})));
}

TEST_F(PaletteNodes, StopsWhenItIsAskedTo) {
  std::stop_source stop;
  stop.request_stop();
  RunContext context(stop.get_token(), {});
  const auto code_of = [&](const std::string& type, const Inputs& inputs, const Params& params) {
    try {
      registry_.node(type)->run({inputs, params, context});
    } catch (const Error& e) {
      return e.code();
    }
    return ErrorCode::internal;
  };
  const Value image = Value::of(noise());
  for (const char* method : {"median_cut", "k_means"}) {
    EXPECT_EQ(
        code_of("example.ExtractPalette", {{image}}, {std::int64_t{8}, text(method), text("srgb")}),
        ErrorCode::cancelled);
  }
  for (const char* dither : {"none", "floyd_steinberg", "ordered"}) {
    EXPECT_EQ(code_of("example.QuantizeImage", {{image}, {grey_palette({0, 1})}},
                      {text(dither), 1.0, true, text("srgb")}),
              ErrorCode::cancelled);
  }
}

TEST_F(PaletteNodes, RefusesWhatIsNoPicture) {
  const Value colours = grey_palette({0, 1});
  const Params params = {text("none"), 1.0, true, text("srgb")};
  EXPECT_EQ(error_of("example.QuantizeImage",
                     {{Value::of(Image{at::zeros({1, 4, 8, 8})})}, {colours}}, params),
            "the image must have the shape [B, 3, H, W], got [1, 4, 8, 8]");
  EXPECT_EQ(error_of("example.ExtractPalette", {{Value::of(Image{at::zeros({0, 3, 8, 8})})}},
                     {std::int64_t{4}, text("k_means"), text("srgb")}),
            "the image must have the shape [B, 3, H, W], got [0, 3, 8, 8]");
  EXPECT_EQ(error_of("example.QuantizeImage",
                     {{Value::of(greys({0, std::numeric_limits<float>::quiet_NaN()}))}, {colours}},
                     params),
            "the picture contains NaN\n"
            "  hint: run the VAE in float32, or lower the guidance scale");
}

}  // namespace
}  // namespace calotype
