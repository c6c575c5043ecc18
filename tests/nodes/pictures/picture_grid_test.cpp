#include "pictures/picture_grid.h"

#include <gtest/gtest.h>

#include "calotype/types/aten.h"

namespace calotype {
namespace {

at::Tensor grid(std::vector<Image> images, const PictureGrid::Params& p = {}) {
  RunContext context;
  return PictureGrid::run({std::move(images)}, p, context).image.pixels;
}

Image grey(double value, std::int64_t batch = 1, std::int64_t height = 4, std::int64_t width = 6) {
  return {at::full({batch, 3, height, width}, value)};
}

TEST(PictureGrid, LaysPicturesOutRowByRow) {
  const at::Tensor sheet = grid({grey(0.1), grey(0.2, 2)}, {.columns = 2, .gap = 1});
  ASSERT_EQ(sheet.sizes(), (std::vector<std::int64_t>{1, 3, 9, 13}));
  const at::Tensor row = sheet[0][0];
  EXPECT_FLOAT_EQ(row[0][0].item<float>(), 0.1F);
  EXPECT_FLOAT_EQ(row[0][6].item<float>(), 1.0F);
  EXPECT_FLOAT_EQ(row[0][7].item<float>(), 0.2F);
  EXPECT_FLOAT_EQ(row[5][0].item<float>(), 0.2F);
  EXPECT_FLOAT_EQ(row[5][7].item<float>(), 1.0F);
}

TEST(PictureGrid, ChoosesAboutAsManyColumnsAsRows) {
  EXPECT_EQ(grid({grey(0, 4)}, {.gap = 0}).sizes(), (std::vector<std::int64_t>{1, 3, 8, 12}));
  EXPECT_EQ(grid({grey(0, 5)}, {.gap = 0}).sizes(), (std::vector<std::int64_t>{1, 3, 8, 18}));
  EXPECT_EQ(grid({grey(0, 3)}, {.columns = 9, .gap = 0}).size(3), 18);
}

TEST(PictureGrid, WritesLabelsAboveThePictures) {
  const at::Tensor sheet =
      grid({grey(0.5, 2, 16, 80)}, {.columns = 2, .labels = "euler\nd\u00e9j\u00e0 vu", .gap = 0});
  ASSERT_EQ(sheet.size(2), 24 + 16);
  for (const int i : {0, 1}) {
    const at::Tensor label = sheet.narrow(2, 0, 24).narrow(3, i * 80, 80);
    EXPECT_LT(label.min().item<float>(), 0.2F) << i;
    EXPECT_GT(label.mean().item<float>(), 0.6F) << i;
  }
  EXPECT_TRUE((sheet.narrow(2, 24, 16) == 0.5).all().item<bool>());
}

TEST(PictureGrid, CutsALabelThatIsTooLong) {
  const at::Tensor sheet = grid({grey(0.5, 1, 8, 40)}, {.labels = std::string(500, 'W'), .gap = 0});
  EXPECT_EQ(sheet.size(3), 40);
}

std::string error_of(std::vector<Image> images, const PictureGrid::Params& p = {}) {
  try {
    grid(std::move(images), p);
  } catch (const Error& e) {
    return e.what();
  }
  return "no error";
}

TEST(PictureGrid, RefusesPicturesOfSeveralSizesAndTooManyLabels) {
  EXPECT_EQ(error_of({grey(0), grey(0, 1, 5, 6)}),
            "the pictures must be of one size, got 6 x 4 and 6 x 5\n"
            "  hint: resize them first");
  EXPECT_EQ(error_of({grey(0)}, {.labels = "a\nb"}),
            "there are 2 labels for 1 pictures\n"
            "  hint: give each picture one line");
  EXPECT_EQ(error_of({}), "there are no pictures to lay out");
}

}  // namespace
}  // namespace calotype
