#include "text/picture_size_condition.h"

#include <gtest/gtest.h>

#include "calotype/types/aten.h"

namespace calotype {
namespace {

Conditioning run(const PictureSizeCondition::Params& params) {
  RunContext context;
  Conditioning text{at::ones({1, 77, 8}), at::ones({1, 4})};
  text.aesthetic_score = 3;
  return PictureSizeCondition::run({text}, params, context).conditioning;
}

TEST(PictureSizeCondition, SetsTheSizesAndKeepsTheRest) {
  const Conditioning c = run({640, 480, 7, 9, 1024, 768, std::nullopt});
  ASSERT_TRUE(c.sizes);
  EXPECT_EQ(c.sizes->original_width, 640);
  EXPECT_EQ(c.sizes->original_height, 480);
  EXPECT_EQ(c.sizes->crop_left, 7);
  EXPECT_EQ(c.sizes->crop_top, 9);
  EXPECT_EQ(c.sizes->target_width, 1024);
  EXPECT_EQ(c.sizes->target_height, 768);
  EXPECT_EQ(c.aesthetic_score, 3);
  EXPECT_TRUE(c.context.equal(at::ones({1, 77, 8})));
  EXPECT_TRUE(c.pooled.equal(at::ones({1, 4})));
}

TEST(PictureSizeCondition, SetsTheScoreWhenItIsGiven) {
  EXPECT_EQ(run({.aesthetic_score = 7.5}).aesthetic_score, 7.5);
}

TEST(PictureSizeCondition, DescribesItselfCompletely) {
  const TypedNode<PictureSizeCondition> node;
  EXPECT_EQ(node.schema().param("original_width")->min, 1);
  EXPECT_EQ(node.schema().param("crop_top")->min, 0);
  EXPECT_TRUE(node.schema().param("aesthetic_score")->optional);
}

}  // namespace
}  // namespace calotype
