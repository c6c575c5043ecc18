#include "upscale/load_upscaler.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "calotype/safetensors.h"
#include "calotype/types/aten.h"
#include "support/archives.h"
#include "support/error_text.h"
#include "support/temp_dir.h"
#include "upscale/upscaler_names.h"

namespace calotype {
namespace {

using Shapes = std::vector<test::NamedShape>;

void add_conv(Shapes& shapes, const std::string& name, std::int64_t out, std::int64_t in) {
  shapes.push_back({name + ".weight", {out, in, 3, 3}});
  shapes.push_back({name + ".bias", {out}});
}

/// RRDBNet of `blocks` blocks with 4 features and growth 2.
Shapes rrdb(std::int64_t in, std::int64_t blocks, std::int64_t doublings) {
  Shapes shapes;
  add_conv(shapes, "conv_first", 4, in);
  for (std::int64_t b = 0; b < blocks; ++b) {
    for (int r = 1; r <= 3; ++r) {
      for (int c = 1; c <= 5; ++c) {
        add_conv(shapes, fmt::format("body.{}.rdb{}.conv{}", b, r, c), c == 5 ? 4 : 2,
                 4 + 2 * (c - 1));
      }
    }
  }
  add_conv(shapes, "conv_body", 4, 4);
  for (std::int64_t i = 1; i <= doublings; ++i) add_conv(shapes, fmt::format("conv_up{}", i), 4, 4);
  add_conv(shapes, "conv_hr", 4, 4);
  add_conv(shapes, "conv_last", 3, 4);
  return shapes;
}

class LoadUpscalerTest : public ::testing::Test {
 protected:
  UpscalerHandle load(const Shapes& shapes) {
    write_safetensors(file_, test::archive_of(shapes));
    RunContext context;
    return LoadUpscaler::run({}, {.path = file_.string(), .device = "cpu"}, context).upscaler;
  }
  /// Without the path.
  std::string error_of(const Shapes& shapes) {
    const std::string text = test::error_text([&] { load(shapes); });
    EXPECT_EQ(text.find(file_.string()), 0U);
    return text.substr(std::min(text.size(), file_.string().size()));
  }
  test::TempDir dir_;
  std::filesystem::path file_ = dir_ / "net.safetensors";
};

TEST_F(LoadUpscalerTest, FindsScaleAndBlocks) {
  EXPECT_EQ(load(rrdb(3, 2, 2))->scale(), 4);
  EXPECT_EQ(load(rrdb(3, 2, 2))->architecture(), "RRDBNet, 2 blocks");
  EXPECT_EQ(load(rrdb(3, 1, 0))->scale(), 1);
  EXPECT_EQ(load(rrdb(3, 1, 1))->scale(), 2);
  EXPECT_EQ(load(rrdb(3, 1, 3))->scale(), 8);
  EXPECT_EQ(load(rrdb(12, 1, 2))->scale(), 2);
  EXPECT_EQ(load(rrdb(48, 1, 2))->scale(), 1);
}

TEST_F(LoadUpscalerTest, CountsTheWeightsMemory) {
  EXPECT_EQ(load({{"body.0.weight", {4, 3, 3, 3}},
                  {"body.0.bias", {4}},
                  {"body.1.weight", {4}},
                  {"body.2.weight", {12, 4, 3, 3}},
                  {"body.2.bias", {12}}})
                ->memory()
                .host,
            4U * (108 + 4 + 4 + 432 + 12));
}

TEST_F(LoadUpscalerTest, RefusesNetworksItDoesNotCompute) {
  EXPECT_EQ(error_of({{"layers.0.residual_group.blocks.0.norm1.weight", {4}}}),
            ": expected an upscaler of the ESRGAN family, found SwinIR or HAT\n"
            "  hint: RRDBNet and SRVGGNetCompact are read");
  EXPECT_EQ(error_of({{"model.diffusion_model.out.2.bias", {4}}}),
            ": expected an upscaler of the ESRGAN family, found a Stable Diffusion checkpoint\n"
            "  hint: load the x4 upscaler by diffusion with LoadCheckpoint");
  EXPECT_EQ(error_of({{"a.b", {4}}}),
            ": expected an upscaler of the ESRGAN family, found tensors such as \"a.b\"\n"
            "  hint: RRDBNet and SRVGGNetCompact are read");
  EXPECT_EQ(error_of({}),
            ": expected an upscaler of the ESRGAN family, found no tensors\n"
            "  hint: RRDBNet and SRVGGNetCompact are read");
}

TEST_F(LoadUpscalerTest, RefusesSizesItDoesNotCompute) {
  EXPECT_EQ(error_of(rrdb(4, 1, 2)),
            ": RRDBNet takes 3, 12 or 48 channels and makes 3, found 4 and 3");
  EXPECT_EQ(error_of(rrdb(12, 1, 0)), ": RRDBNet of 0 doublings after 12 channels is unknown");
  EXPECT_EQ(error_of(rrdb(3, 1, 4)), ": RRDBNet of 4 doublings after 3 channels is unknown");
  EXPECT_EQ(error_of({{"body.0.weight", {4, 3, 3, 3}},
                      {"body.1.weight", {4}},
                      {"body.2.weight", {13, 4, 3, 3}}}),
            ": SRVGGNetCompact ends with 3 channels times the square of its scale, found 13 in "
            "\"body.2.weight\"");
}

TEST_F(LoadUpscalerTest, NamesWhatIsMissingOrLeftOver) {
  Shapes shapes = rrdb(3, 1, 2);
  shapes[0].second = {4, 3, 1, 1};
  shapes.pop_back();
  shapes.push_back({"conv_extra.bias", {4}});
  EXPECT_EQ(error_of(shapes),
            ": RRDBNet, 1 blocks: 1 tensor is missing: \"conv_last.bias\"\n" + file_.string() +
                ": RRDBNet, 1 blocks: 1 tensor of the wrong shape or type: \"conv_first.weight\" "
                "(expected [4, 3, 3, 3], found [4, 3, 1, 1])\n" +
                file_.string() +
                ": RRDBNet, 1 blocks: 1 tensor that no part of this model uses: "
                "\"conv_extra.bias\"\n  hint: the file is of another kind of model");
}

TEST_F(LoadUpscalerTest, UpscalesOddSizesThroughSquares) {
  const UpscalerHandle upscaler = load(rrdb(48, 1, 2));
  for (const auto& [height, width] : {std::pair{1, 1}, {3, 5}, {6, 4}}) {
    EXPECT_EQ(upscaler->upscale(at::rand({2, 3, height, width})).sizes(),
              (std::vector<std::int64_t>{2, 3, height, width}));
  }
}

TEST_F(LoadUpscalerTest, RefusesOtherPictures) {
  EXPECT_EQ(test::error_text([&] {
              load(rrdb(3, 1, 2))->upscale(at::zeros({1, 1, 4, 4}));
            }),
            "upscalers take pictures [B, 3, H, W], got [1, 1, 4, 4]");
}

std::string renamed(const Shapes& shapes) {
  const auto weights = name_upscaler(test::archive_of(shapes), "net").weights;
  std::string text;
  for (const std::string& name : weights->names()) text += name + " ";
  return text;
}

TEST(UpscalerNames, ReadsTheFirstNames) {
  EXPECT_EQ(renamed({{"model.0.weight", {1}},
                     {"model.1.sub.0.RDB1.conv1.0.weight", {1}},
                     {"model.1.sub.12.RDB3.conv5.0.bias", {1}},
                     {"model.1.sub.23.weight", {1}},
                     {"model.3.weight", {1}},
                     {"model.6.weight", {1}},
                     {"model.8.weight", {1}},
                     {"model.10.weight", {1}},
                     {"model.10.bias", {1}}}),
            "body.0.rdb1.conv1.weight body.12.rdb3.conv5.bias conv_body.weight conv_first.weight "
            "conv_hr.weight conv_last.bias conv_last.weight conv_up1.weight conv_up2.weight ");
}

TEST(UpscalerNames, ReadsTheOuterDictionariesAndPrefersTheAverage) {
  EXPECT_EQ(renamed({{"params.conv_first.weight", {1}},
                     {"params_ema.module.RRDB_trunk.0.RDB1.conv1.weight", {1}},
                     {"params_ema.module.trunk_conv.bias", {1}},
                     {"params_ema.module.upconv2.bias", {1}},
                     {"params_ema.module.HRconv.bias", {1}}}),
            "body.0.rdb1.conv1.weight conv_body.bias conv_hr.bias conv_up2.bias ");
}

}  // namespace
}  // namespace calotype
