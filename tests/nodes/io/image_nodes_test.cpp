#include <gtest/gtest.h>

#include <filesystem>
#include <limits>

#include "calotype/types/aten.h"
#include "image_file/picture.h"
#include "io/load_image.h"
#include "io/save_image.h"
#include "support/temp_dir.h"

namespace calotype {
namespace {

using test::TempDir;

LoadImage::Outputs load(const std::filesystem::path& path) {
  RunContext context;
  return LoadImage::run({}, {.path = path.string()}, context);
}

std::string save_error(const at::Tensor& pixels, const SaveImage::Params& p) {
  RunContext context;
  try {
    SaveImage::run({{pixels}}, p, context);
  } catch (const Error& e) {
    return e.what();
  }
  return "no error";
}

/// Every value is a multiple of 1/255, moved up a little so that cutting gives it back.
at::Tensor picture(std::int64_t batch) {
  const at::Tensor bytes = at::arange(batch * 3 * 4 * 5).remainder(256).reshape({batch, 3, 4, 5});
  return bytes.to(at::kFloat).add(0.01).div(255);
}

TEST(SaveImage, WritesWhatLoadImageReads) {
  const TempDir dir;
  const std::string path = (dir.path() / "a.png").string();
  EXPECT_EQ(save_error(picture(1), {.path = path}), "no error");
  const LoadImage::Outputs out = load(path);
  EXPECT_TRUE(at::allclose(out.image.pixels, picture(1), 0, 1e-4));
  EXPECT_TRUE(at::equal(out.mask.alpha, at::zeros({1, 1, 4, 5})));
}

TEST(SaveImage, NumbersTheBatchFromZero) {
  const TempDir dir;
  const std::string path = (dir.path() / "p{index}.png").string();
  EXPECT_EQ(save_error(picture(3), {.path = path}), "no error");
  for (std::int64_t i = 0; i < 3; ++i) {
    const at::Tensor read = load(dir.path() / ("p" + std::to_string(i) + ".png")).image.pixels;
    EXPECT_TRUE(at::allclose(read[0], picture(3)[i], 0, 1e-4)) << i;
  }
}

TEST(SaveImage, ClampsValues) {
  const TempDir dir;
  const std::string path = (dir.path() / "a.png").string();
  save_error(at::full({1, 3, 2, 2}, 7.0), {.path = path});
  EXPECT_TRUE(at::equal(load(path).image.pixels, at::ones({1, 3, 2, 2})));
}

TEST(SaveImage, ChoosesTheFileName) {
  EXPECT_EQ(picture_path("a_{index}_{index}.JPG", PictureFormat::automatic, 12), "a_12_12.JPG");
  EXPECT_EQ(picture_path("a.v1", PictureFormat::webp, 0), "a.v1.webp");
  EXPECT_EQ(picture_path("a", PictureFormat::jpeg, 0), "a.jpg");
  EXPECT_EQ(picture_path("a.jpeg", PictureFormat::jpeg, 0), "a.jpeg");
}

TEST(SaveImage, RejectsPathsThatDoNotFit) {
  EXPECT_EQ(save_error(picture(1), {.path = "a.bmp"}),
            "path \"a.bmp\" must end in .png, .jpg, .jpeg or .webp\n"
            "  hint: add an ending, or set format");
  EXPECT_EQ(save_error(picture(1), {.path = "a.png", .format = PictureFormat::jpeg}),
            "format \"jpeg\" does not fit the ending of path \"a.png\"\n"
            "  hint: change one of them, or leave format out");
  EXPECT_EQ(save_error(picture(2), {.path = "a.png"}),
            "path \"a.png\" gives one name to 2 pictures\n  hint: put {index} into it");
}

TEST(SaveImage, RejectsOtherShapes) {
  EXPECT_EQ(save_error(at::zeros({1, 4, 8, 8}), {.path = "a.png"}),
            "the image must have the shape [B, 3, H, W], got [1, 4, 8, 8]");
}

TEST(SaveImage, LeavesNoFileForNumbersThatAreNotNumbers) {
  const TempDir dir;
  const at::Tensor nan = at::full({1, 3, 2, 2}, std::numeric_limits<double>::quiet_NaN());
  EXPECT_NE(save_error(nan, {.path = (dir.path() / "a.png").string()}), "no error");
  EXPECT_TRUE(std::filesystem::is_empty(dir.path()));
}

TEST(LoadImage, TurnsTransparencyIntoAMask) {
  const TempDir dir;
  const std::filesystem::path path = dir.path() / "a.png";
  write_picture(path,
                {.width = 2, .height = 1, .channels = 4, .pixels = {255, 0, 0, 255, 0, 51, 0, 0}});
  const LoadImage::Outputs out = load(path);
  EXPECT_TRUE(at::equal(out.mask.alpha.flatten(), at::tensor({0.0F, 1.0F})));
  EXPECT_FLOAT_EQ(out.image.pixels[0][1][0][1].item<float>(), 0.2F);
}

TEST(LoadImage, RejectsAMissingFile) { EXPECT_THROW(load("/nowhere/a.png"), Error); }

TEST(ImageNodes, DescribeAllTheirMembers) {
  EXPECT_TRUE(TypedNode<LoadImage>().schema().param("path")->file);
  EXPECT_TRUE(TypedNode<SaveImage>().schema().impure);
}

}  // namespace
}  // namespace calotype
