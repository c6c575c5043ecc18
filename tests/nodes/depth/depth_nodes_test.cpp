#include <gtest/gtest.h>

#include <limits>
#include <string>
#include <vector>

#include "calotype/error.h"
#include "calotype/types/aten.h"
#include "depth/depth_condition.h"
#include "depth/depth_estimate.h"
#include "depth/depth_to_image.h"
#include "depth/save_depth.h"
#include "image_file/picture.h"
#include "support/error_text.h"
#include "support/temp_dir.h"

namespace calotype {

namespace {

using test::error_text;

/// Takes the red channel for depth, at half the size.
class RedIsNear final : public DepthModel {
 public:
  std::string family() const override { return "test"; }
  Placement placement() const override { return {}; }
  at::Tensor estimate(const at::Tensor& pixels) const override {
    EXPECT_EQ(pixels.size(0), 1);
    return at::avg_pool2d(pixels.narrow(1, 0, 1), 2).mul(3.0);
  }
  at::Tensor resize(const at::Tensor& estimate, std::int64_t height,
                    std::int64_t width) const override {
    return at::upsample_nearest2d(estimate, {height, width});
  }
  MemoryUse memory() const override { return {}; }
};

DepthMap estimate(const at::Tensor& pixels) {
  RunContext context;
  return DepthEstimate::run({{pixels}, std::make_shared<const RedIsNear>()}, {}, context).depth;
}

Conditioning condition(const Conditioning& conditioning, const DepthMap& depth) {
  RunContext context;
  return DepthCondition::run({conditioning, depth}, {}, context).conditioning;
}

Conditioning text() { return {.context = at::randn({1, 77, 8})}; }

TEST(DepthEstimate, StretchesEachPictureToTheWholeRange) {
  at::Tensor pixels = at::rand({2, 3, 8, 12});
  pixels[1] *= 0.25;
  const DepthMap depth = estimate(pixels);
  EXPECT_EQ(depth.values.sizes().vec(), (std::vector<std::int64_t>{2, 1, 8, 12}));
  EXPECT_EQ(depth.estimate.sizes().vec(), (std::vector<std::int64_t>{2, 1, 4, 6}));
  for (std::int64_t i = 0; i < 2; ++i) {
    EXPECT_EQ(depth.values[i].min().item<float>(), 0.0F);
    EXPECT_EQ(depth.values[i].max().item<float>(), 1.0F);
    EXPECT_TRUE(at::equal(estimate(pixels.narrow(0, i, 1)).values[0], depth.values[i]));
  }
}

TEST(DepthEstimate, OfAPictureWithOneDepthIsZero) {
  const DepthMap depth = estimate(at::full({1, 3, 8, 8}, 0.3));
  EXPECT_TRUE(at::equal(depth.values, at::zeros({1, 1, 8, 8})));
}

TEST(DepthEstimate, RejectsWhatIsNoPicture) {
  EXPECT_EQ(error_text([] {
              estimate(at::zeros({1, 4, 8, 8}));
            }),
            "the image must have the shape [B, 3, H, W], got [1, 4, 8, 8]");
}

TEST(DepthCondition, ResizesTheModelsOwnEstimateToTheLatent) {
  const DepthMap depth{.values = at::rand({2, 1, 64, 32}), .estimate = at::rand({2, 1, 24, 12})};
  const Conditioning out = condition(text(), depth);
  EXPECT_EQ(out.channels.sizes().vec(), (std::vector<std::int64_t>{2, 1, 8, 4}));
  const at::Tensor small = at::upsample_bicubic2d(depth.estimate, {8, 4}, false);
  for (std::int64_t i = 0; i < 2; ++i) {
    const at::Tensor d = small[i];
    EXPECT_TRUE(at::allclose(out.channels[i], 2 * (d - d.min()) / (d.max() - d.min()) - 1));
  }
  EXPECT_TRUE(out.context.defined());
}

TEST(DepthCondition, TakesAMapThatNoModelMade) {
  const DepthMap depth{.values = at::rand({1, 1, 16, 16})};
  const Conditioning out = condition(text(), depth);
  EXPECT_EQ(out.channels.min().item<float>(), -1.0F);
  EXPECT_EQ(out.channels.max().item<float>(), 1.0F);
}

TEST(DepthCondition, OfAConstantMapIsFarEverywhere) {
  const Conditioning out = condition(text(), {.values = at::full({1, 1, 16, 16}, 0.5)});
  EXPECT_TRUE(at::equal(out.channels, at::full({1, 1, 2, 2}, -1.0)));
}

TEST(DepthCondition, SaysWhatDoesNotFit) {
  EXPECT_EQ(error_text([] {
              condition(text(), {.values = at::zeros({1, 1, 16, 20})});
            }),
            "width and height of the depth must be multiples of 8, got 20 x 16\n"
            "  hint: crop or resize the picture before DepthEstimate");
  EXPECT_EQ(error_text([] {
              condition(text(), {.values = at::zeros({16, 16})});
            }),
            "the depth must have the shape [B, 1, H, W], got [16, 16]");
  EXPECT_EQ(error_text([] {
              Conditioning taken = text();
              taken.channels = at::zeros({1, 5, 2, 2});
              condition(taken, {.values = at::zeros({1, 1, 16, 16})});
            }),
            "the conditioning has 5 extra channels already, and depth models take depth alone\n"
            "  hint: use the conditioning of TextEncode");
}

TEST(DepthToImage, IsGrey) {
  RunContext context;
  const at::Tensor depth = at::rand({2, 1, 4, 6});
  const at::Tensor image = DepthToImage::run({{.values = depth}}, {}, context).image.pixels;
  EXPECT_EQ(image.sizes().vec(), (std::vector<std::int64_t>{2, 3, 4, 6}));
  EXPECT_TRUE(image.is_contiguous());
  for (std::int64_t c = 0; c < 3; ++c) {
    EXPECT_TRUE(at::equal(image.narrow(1, c, 1), depth));
  }
}

TEST(SaveDepth, WritesOneFilePerMap) {
  const test::TempDir dir;
  RunContext context;
  at::Tensor depth = at::rand({2, 1, 5, 7});
  depth[0][0][0][0] = 0.0;
  depth[0][0][4][6] = 1.0;
  SaveDepth::run({{.values = depth}}, {.path = (dir.path() / "d{index}.png").string()}, context);
  const Picture first = read_picture(dir.path() / "d0.png");
  EXPECT_EQ(first.width, 7);
  EXPECT_EQ(first.height, 5);
  EXPECT_EQ(first.pixels.front(), 0);
  EXPECT_EQ(first.pixels.back(), 255);
  EXPECT_NO_THROW(read_picture(dir.path() / "d1.png"));
}

TEST(SaveDepth, RefusesWhatIsNoDepth) {
  const test::TempDir dir;
  const auto refused = [&](const at::Tensor& values) {
    RunContext context;
    return error_text([&] {
      SaveDepth::run({{.values = values}}, {.path = (dir.path() / "d.png").string()}, context);
    });
  };
  EXPECT_EQ(refused(at::zeros({1, 0, 2, 2})),
            "the depth must have the shape [B, 1, H, W], got [1, 0, 2, 2]");
  EXPECT_EQ(refused(at::zeros({1, 3, 2, 2})),
            "the depth must have the shape [B, 1, H, W], got [1, 3, 2, 2]");
  EXPECT_EQ(refused(at::full({1, 1, 2, 2}, std::numeric_limits<double>::quiet_NaN())),
            "the depth has values that are not finite\n"
            "  hint: look at what made it: a model in float16, or a file");
}

TEST(SaveDepth, SaysWhatIsWrongWithThePath) {
  const test::TempDir dir;
  const auto save = [&](const std::string& path, std::int64_t batch) {
    return error_text([&] {
      RunContext context;
      SaveDepth::run({{.values = at::zeros({batch, 1, 2, 2})}}, {.path = path}, context);
    });
  };
  EXPECT_EQ(save("a.png", 2),
            "path \"a.png\" gives one name to 2 depth maps\n  hint: put {index} into it");
  const std::string jpeg = (dir.path() / "a.jpg").string();
  EXPECT_EQ(save(jpeg, 1),
            jpeg + ": pictures with 16 bits are written as PNG only\n  hint: use .png");
}

TEST(DepthMap, IsSavedWithTheModelsEstimate) {
  const PortType& type = PortTraits<DepthMap>::type();
  const auto map = std::make_shared<const DepthMap>(
      DepthMap{.values = at::rand({1, 1, 4, 4}), .estimate = at::rand({1, 1, 2, 2})});
  const auto loaded = type.load(type.save(map));
  EXPECT_TRUE(at::equal(static_cast<const DepthMap*>(loaded.get())->values, map->values));
  EXPECT_TRUE(at::equal(static_cast<const DepthMap*>(loaded.get())->estimate, map->estimate));
  EXPECT_EQ(type.memory(map.get()).host, 20 * sizeof(float));
  const auto bare = std::make_shared<const DepthMap>(DepthMap{.values = map->values});
  EXPECT_FALSE(static_cast<const DepthMap*>(type.load(type.save(bare)).get())->estimate.defined());
}

}  // namespace

}  // namespace calotype
