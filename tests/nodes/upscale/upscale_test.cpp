#include "upscale/upscale.h"

#include <gtest/gtest.h>

#include <limits>
#include <mutex>

#include "calotype/types/aten.h"
#include "support/error_text.h"
#include "upscale/upscale_passes.h"

namespace calotype {
namespace {

/// Repeats pixels, so that tiles and passes can be told apart from what they are made of.
class RepeatUpscaler final : public Upscaler {
 public:
  explicit RepeatUpscaler(std::int64_t scale, std::int64_t tile = 0, double factor = 1)
      : scale_(scale), tile_(tile), factor_(factor) {}
  std::string architecture() const override { return "repeat"; }
  std::int64_t scale() const override { return scale_; }
  Placement placement() const override { return {}; }
  std::int64_t tile() const override { return tile_; }
  double bytes_per_pixel() const override { return 100; }
  MemoryUse memory() const override { return {}; }
  at::Tensor upscale(const at::Tensor& pixels) const override {
    ++calls;
    return at::upsample_nearest2d(pixels, {pixels.size(2) * scale_, pixels.size(3) * scale_}) *
           factor_;
  }
  mutable int calls = 0;

 private:
  std::int64_t scale_;
  std::int64_t tile_;
  double factor_;
};

Image picture(std::int64_t height, std::int64_t width, std::int64_t batch = 1) {
  return {at::rand({batch, 3, height, width})};
}

at::Tensor upscaled(const Image& image, const Upscale::Params& p,
                    std::optional<UpscalerHandle> upscaler = {}) {
  RunContext context;
  return Upscale::run({image, std::move(upscaler)}, p, context).image.pixels;
}

std::string error_of(const Image& image, const Upscale::Params& p,
                     std::optional<UpscalerHandle> upscaler = {}) {
  return test::error_text([&] { upscaled(image, p, std::move(upscaler)); });
}

std::vector<std::int64_t> size_of(const at::Tensor& t) { return {t.size(2), t.size(3)}; }

TEST(Upscale, DoublesWhenNothingIsSaid) {
  EXPECT_EQ(size_of(upscaled(picture(5, 7), {})), (std::vector<std::int64_t>{10, 14}));
}

TEST(Upscale, FollowsScaleOrSize) {
  using Size = std::vector<std::int64_t>;
  EXPECT_EQ(size_of(upscaled(picture(10, 7), {.scale = 1.5})), (Size{15, 11}));
  EXPECT_EQ(size_of(upscaled(picture(10, 7), {.scale = 0.01})), (Size{1, 1}));
  EXPECT_EQ(size_of(upscaled(picture(10, 20), {.width = 30})), (Size{15, 30}));
  EXPECT_EQ(size_of(upscaled(picture(10, 20), {.height = 4})), (Size{4, 8}));
  EXPECT_EQ(size_of(upscaled(picture(10, 20), {.width = 3, .height = 4})), (Size{4, 3}));
}

TEST(Upscale, KeepsValuesInRange) {
  const at::Tensor out = upscaled({at::rand({1, 3, 9, 9}).round()}, {.scale = 3});
  EXPECT_GE(out.min().item<double>(), 0);
  EXPECT_LE(out.max().item<double>(), 1);
  EXPECT_EQ(out.max().item<double>(), 1);
}

TEST(Upscale, AppliesTheNetworkUntilTheSizeIsReached) {
  for (const auto& [wanted, calls] : {std::pair{10, 1}, {20, 1}, {21, 2}, {40, 2}, {80, 3}}) {
    const auto network = std::make_shared<RepeatUpscaler>(2);
    const Image image = picture(10, 10);
    EXPECT_EQ(size_of(upscaled(image, {.width = wanted}, network)),
              (std::vector<std::int64_t>{wanted, wanted}));
    EXPECT_EQ(network->calls, calls) << wanted;
  }
}

TEST(Upscale, StopsAfterThreePasses) {
  const auto network = std::make_shared<RepeatUpscaler>(2);
  EXPECT_EQ(size_of(upscaled(picture(4, 4), {.scale = 16}, network)),
            (std::vector<std::int64_t>{64, 64}));
  EXPECT_EQ(network->calls, 3);
}

TEST(Upscale, AppliesANetworkThatKeepsTheSizeOnce) {
  const auto network = std::make_shared<RepeatUpscaler>(1);
  upscaled(picture(4, 4), {.scale = 4}, network);
  EXPECT_EQ(network->calls, 1);
}

TEST(Upscale, TilesMakeTheSamePicture) {
  const Image image = picture(100, 150, 2);
  const at::Tensor whole = upscaled(image, {.scale = 2}, std::make_shared<RepeatUpscaler>(2));
  const auto tiled = std::make_shared<RepeatUpscaler>(2, 64);
  const at::Tensor tiles = upscaled(image, {.scale = 2}, tiled);
  EXPECT_GT(tiled->calls, 8);
  EXPECT_LT((whole - tiles).abs().max().item<double>(), 1e-6);
}

TEST(Upscale, CutsIntoTilesWhenMemoryIsShort) {
  const RepeatUpscaler network(2);
  EXPECT_EQ(plan_passes(network, {100, 200}, {200, 400}, 100.0 * 100 * 200).at(0).size(), 1U);
  const auto passes = plan_passes(network, {100, 200}, {400, 800}, 100.0 * 100 * 100);
  ASSERT_EQ(passes.size(), 2U);
  EXPECT_EQ(passes[0].size(), 3U);
  EXPECT_GT(passes[1].size(), 8U);
  EXPECT_LE(passes[1][0].height, 100);
}

/// Has no memory for pictures of more than 100 x 100 pixels.
class SmallUpscaler final : public Upscaler {
 public:
  explicit SmallUpscaler(std::int64_t tile = 0) : inner_(2, tile) {}
  std::string architecture() const override { return "small"; }
  std::int64_t scale() const override { return 2; }
  Placement placement() const override { return {}; }
  std::int64_t tile() const override { return inner_.tile(); }
  double bytes_per_pixel() const override { return inner_.bytes_per_pixel(); }
  MemoryUse memory() const override { return {}; }
  at::Tensor upscale(const at::Tensor& pixels) const override {
    if (pixels.size(2) * pixels.size(3) > 100 * 100) C10_THROW_ERROR(OutOfMemoryError, "no more");
    return inner_.upscale(pixels);
  }

 private:
  RepeatUpscaler inner_;
};

TEST(Upscale, TakesSmallerTilesWhenMemoryRunsOut) {
  const Image image = picture(152, 152);
  const PictureSize wanted{304, 304};
  std::vector<std::string> warnings;
  RunContext run({}, {.on_warning = [&](const std::string& text) { warnings.push_back(text); }});
  const double whole_picture = 100.0 * 152 * 152;
  const auto made = run_where_it_fits(SmallUpscaler(), image.pixels, wanted, whole_picture, run);
  EXPECT_LT(
      (made - upscaled(image, {}, std::make_shared<RepeatUpscaler>(2))).abs().max().item<double>(),
      1e-6);
  EXPECT_EQ(warnings, std::vector<std::string>{
                          "there is no memory for tiles of this size: smaller ones are taken"});
  EXPECT_THROW(run_where_it_fits(SmallUpscaler(152), image.pixels, wanted, whole_picture, run),
               c10::OutOfMemoryError)
      << "the tiles are the user's choice";
}

TEST(Upscale, ReportsEachTileAndStopsBetweenTiles) {
  std::stop_source stop;
  std::vector<std::int64_t> steps;
  RunContext context(stop.get_token(), {.on_progress = [&](const Progress& p) {
                       steps.push_back(p.step);
                       EXPECT_EQ(p.steps, 4);
                       if (p.step == 2) stop.request_stop();
                     }});
  const auto network = std::make_shared<RepeatUpscaler>(2, 64);
  EXPECT_THROW(Upscale::run({picture(100, 100), network}, {}, context), Error);
  EXPECT_EQ(steps, (std::vector<std::int64_t>{1, 2}));
}

TEST(Upscale, SaysWhatItCannotDo) {
  EXPECT_EQ(error_of({at::zeros({1, 4, 8, 8})}, {}),
            "the image must have the shape [B, 3, H, W], got [1, 4, 8, 8]");
  EXPECT_EQ(error_of(picture(4, 4), {.scale = 2, .width = 8}),
            "scale and a size are given, and only one of them can hold\n"
            "  hint: leave out scale, or width and height");
  EXPECT_EQ(error_of(picture(4, 4), {.width = 100000, .height = 100000}),
            "the picture would have 100000 x 100000 px; pictures of at most 268435456 px are made\n"
            "  hint: choose a smaller scale or size");
  const auto nan = std::make_shared<RepeatUpscaler>(2, 0, std::numeric_limits<double>::quiet_NaN());
  EXPECT_EQ(error_of(picture(4, 4), {}, nan),
            "the upscaled picture is not finite\n"
            "  hint: load the upscaler with dtype float32");
}

TEST(Upscale, DescribesItself) {
  EXPECT_EQ(TypedNode<Upscale>().schema().inputs.at(1).type, "Upscaler");
  EXPECT_TRUE(TypedNode<Upscale>().schema().inputs.at(1).optional);
}

}  // namespace
}  // namespace calotype
