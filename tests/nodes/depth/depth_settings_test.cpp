#include "depth/depth_settings.h"

#include <gtest/gtest.h>

#include <fstream>
#include <nlohmann/json.hpp>
#include <string>

#include "support/error_text.h"
#include "support/temp_dir.h"

namespace calotype {

namespace {

using nlohmann::json;
using test::error_text;
using test::TempDir;

class DepthSettings : public testing::Test {
 protected:
  std::filesystem::path file(const json& settings) const {
    std::ofstream(dir_ / "c.json") << settings;
    return dir_ / "c.json";
  }
  std::string hints_error(const json& settings, DepthDesign design) const {
    return short_name(error_text([&] { read_depth_hints(file(settings), design); }));
  }
  std::string preparation_error(const json& settings) const {
    return short_name(
        error_text([&] { read_depth_preparation(file(settings), DepthDesign::dpt_hybrid); }));
  }
  DepthPreparation preparation(const json& settings) const {
    return read_depth_preparation(file(settings), DepthDesign::dpt_hybrid);
  }

  const TempDir dir_;

 private:
  std::string short_name(std::string text) const {
    const std::string folder = dir_.path().string() + "/";
    return text.starts_with(folder) ? text.substr(folder.size()) : text;
  }
};

TEST_F(DepthSettings, OfDptHybrid) {
  const DepthHints hints = read_depth_hints(file({{"is_hybrid", true},
                                                  {"num_attention_heads", 4},
                                                  {"layer_norm_eps", 1e-6},
                                                  {"backbone_out_indices", {2, 5, 3, 7}},
                                                  {"backbone_config", {{"num_groups", 8}}}}),
                                            DepthDesign::dpt_hybrid);
  EXPECT_EQ(hints.heads, 4);
  EXPECT_EQ(hints.norm_groups, 8);
  EXPECT_EQ(hints.layer_norm_epsilon, 1e-6);
  EXPECT_EQ(hints.taps, (std::vector<std::int64_t>{3, 7}));
}

TEST_F(DepthSettings, OfDepthAnythingCountStagesFromTheEmbedding) {
  for (const json& stages : {json{{"out_indices", {3, 6, 9, 12}}},
                             json{{"out_features", {"stage3", "stage6", "stage9", "stage12"}}}}) {
    const DepthHints hints =
        read_depth_hints(file({{"backbone_config", stages}}), DepthDesign::depth_anything);
    EXPECT_EQ(hints.taps, (std::vector<std::int64_t>{2, 5, 8, 11}));
  }
}

TEST_F(DepthSettings, RefuseWhatIsNotComputed) {
  EXPECT_EQ(hints_error({{"is_hybrid", false}}, DepthDesign::dpt_hybrid),
            "c.json: \"is_hybrid\" is false: this version computes true");
  EXPECT_EQ(hints_error(json::object(), DepthDesign::dpt_hybrid),
            "c.json: \"is_hybrid\" is absent: this version computes true");
  EXPECT_EQ(hints_error({{"is_hybrid", true}, {"readout_type", "add"}}, DepthDesign::dpt_hybrid),
            "c.json: \"readout_type\" is \"add\": this version computes \"project\"");
  EXPECT_EQ(hints_error({{"is_hybrid", true},
                         {"backbone_config", {{"global_padding", nullptr}, {"width_factor", 2}}}},
                        DepthDesign::dpt_hybrid),
            "c.json: \"width_factor\" is 2: this version computes 1");
  EXPECT_EQ(hints_error({{"depth_estimation_type", "metric"}}, DepthDesign::depth_anything),
            "c.json: \"depth_estimation_type\" is \"metric\": this version computes \"relative\", "
            "which is inverse depth and not metres");
  EXPECT_EQ(
      hints_error({{"backbone_config", {{"out_features", {"stem"}}}}}, DepthDesign::depth_anything),
      "c.json: \"out_features\" is [\"stem\"]: this version computes names of stages");
  EXPECT_EQ(
      hints_error({{"is_hybrid", true}, {"num_attention_heads", -3}}, DepthDesign::dpt_hybrid),
      "c.json: \"num_attention_heads\" is -3: this version computes numbers from 1 to 1024");
}

TEST_F(DepthSettings, OfThePreprocessor) {
  const DepthPreparation p = preparation({{"size", {{"height", 96}, {"width", 128}}},
                                          {"resample", 2},
                                          {"keep_aspect_ratio", true},
                                          {"ensure_multiple_of", 32},
                                          {"image_mean", {0.1, 0.2, 0.3}}});
  EXPECT_EQ(p.height, 96);
  EXPECT_EQ(p.width, 128);
  EXPECT_EQ(p.multiple, 32);
  EXPECT_EQ(p.rule, DepthSizeRule::minimal);
  EXPECT_EQ(p.filter, DepthFilter::pillow_bilinear);
  EXPECT_EQ(p.mean[2], 0.3);
  EXPECT_EQ(p.deviation[2], 0.5);
  EXPECT_EQ(preparation({{"size", 256}}).width, 256);
}

TEST_F(DepthSettings, RefuseAPreprocessorThatIsNotComputed) {
  EXPECT_EQ(preparation_error({{"do_resize", false}}),
            "c.json: \"do_resize\" is false: this version computes true");
  EXPECT_EQ(preparation_error({{"resample", 0}}),
            "c.json: \"resample\" is 0: this version computes 2 (bilinear) and 3 (bicubic)");
  EXPECT_EQ(preparation_error({{"size", {{"shortest_edge", 384}}}}),
            "c.json: \"size\" is {\"shortest_edge\":384}: this version computes a height and a "
            "width");
  EXPECT_EQ(preparation_error({{"size", {{"height", 1'000'000}, {"width", 1}}}}),
            "c.json: \"height\" is 1000000: this version computes numbers from 1 to 4096");
  EXPECT_EQ(preparation_error({{"image_std", {0.5, 0.5, 0.0}}}),
            "c.json: \"image_std\" is [0.5,0.5,0.0]: this version computes lists of 3 numbers "
            "above 0");
  EXPECT_EQ(preparation_error({{"rescale_factor", 1.0}}),
            "c.json: \"rescale_factor\" is 1.0: this version computes 1/255");
}

TEST_F(DepthSettings, AbsentFilesMeanTheDefaultsOfTransformers) {
  const DepthPreparation dpt =
      read_depth_preparation(dir_ / "absent.json", DepthDesign::dpt_hybrid);
  EXPECT_EQ(dpt.width, 384);
  EXPECT_EQ(dpt.rule, DepthSizeRule::exact);
  const DepthPreparation anything =
      read_depth_preparation(dir_ / "absent.json", DepthDesign::depth_anything);
  EXPECT_EQ(anything.width, 518);
  EXPECT_EQ(anything.multiple, 14);
  EXPECT_EQ(anything.rule, DepthSizeRule::minimal);
  EXPECT_EQ(anything.filter, DepthFilter::pillow_bicubic);
}

}  // namespace

}  // namespace calotype
