#include "image_file/picture.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "support/error_text.h"
#include "support/temp_dir.h"

namespace calotype {
namespace {

using test::error_text;
using testing::ElementsAre;

Picture gradient(std::int64_t width, std::int64_t height, int channels) {
  Picture p{.width = width, .height = height, .channels = channels};
  for (std::int64_t y = 0; y < height; ++y) {
    for (std::int64_t x = 0; x < width; ++x) {
      for (int c = 0; c < channels; ++c) {
        p.pixels.push_back(static_cast<std::uint8_t>(3 * x + y + 50 * c));
      }
    }
  }
  return p;
}

int largest_difference(const Picture& a, const Picture& b) {
  int largest = 0;
  for (std::size_t i = 0; i < a.pixels.size(); ++i) {
    largest = std::max(largest, std::abs(a.pixels[i] - b.pixels[i]));
  }
  return largest;
}

TEST(Picture, PngKeepsEveryPixelAndText) {
  const test::TempDir dir;
  for (const int channels : {3, 4}) {
    Picture p = gradient(17, 5, channels);
    p.text = {{"parameters", "a cat\nSteps: 20"}, {"graph", "{\"title\":\"caf\u00e9 \u732b\"}"}};
    write_picture(dir / "p.PNG", p);
    const Picture back = read_picture(dir / "p.PNG");
    EXPECT_EQ(back.width, 17);
    EXPECT_EQ(back.height, 5);
    EXPECT_EQ(back.channels, channels);
    EXPECT_EQ(back.pixels, p.pixels);
    EXPECT_EQ(back.text, p.text);
    EXPECT_EQ(read_png_text(dir / "p.PNG"), p.text);
  }
}

TEST(Picture, JpegAndWebpStayClose) {
  const test::TempDir dir;
  const Picture p = gradient(33, 20, 3);
  for (const char* name : {"p.jpg", "p.jpeg", "p.webp"}) {
    write_picture(dir / name, p);
    const Picture back = read_picture(dir / name);
    EXPECT_EQ(back.width, 33);
    EXPECT_EQ(back.height, 20);
    ASSERT_EQ(back.channels, 3);
    EXPECT_LT(largest_difference(back, p), 12) << name;
  }
}

TEST(Picture, WebpKeepsTransparency) {
  const test::TempDir dir;
  Picture p = gradient(8, 8, 4);
  for (std::size_t i = 3; i < p.pixels.size(); i += 4) p.pixels[i] = i < 128 ? 0 : 255;
  write_picture(dir / "p.webp", p);
  const Picture back = read_picture(dir / "p.webp");
  ASSERT_EQ(back.channels, 4);
  for (std::size_t i = 3; i < p.pixels.size(); i += 4) EXPECT_EQ(back.pixels[i], p.pixels[i]);
}

TEST(Picture, QualityChangesTheSize) {
  const test::TempDir dir;
  const Picture p = gradient(64, 64, 3);
  write_picture(dir / "low.jpg", p, {.quality = 10});
  write_picture(dir / "high.jpg", p, {.quality = 100});
  EXPECT_LT(std::filesystem::file_size(dir / "low.jpg"),
            std::filesystem::file_size(dir / "high.jpg"));
}

TEST(Picture, RefusesToWriteWhatAFormatCannotHold) {
  const test::TempDir dir;
  const auto write = [&](const char* name, const Picture& p, PictureOptions options = {}) {
    return error_text([&] { write_picture(dir / name, p, options); });
  };
  const std::string at = dir.path().string() + "/";
  EXPECT_EQ(write("p.gif", gradient(1, 1, 3)), at + "p.gif: the file ending \".gif\" is unknown\n"
                                                    "  hint: use .png, .jpg, .jpeg or .webp");
  EXPECT_EQ(write("p", gradient(1, 1, 3)),
            at + "p: a picture needs a file ending\n  hint: use .png, .jpg, .jpeg or .webp");
  EXPECT_EQ(write("p.jpg", gradient(1, 1, 4)),
            at + "p.jpg: a JPEG file cannot hold transparency\n  hint: use .png or .webp");
  EXPECT_EQ(write("p.jpg", gradient(1, 1, 3), {.quality = 0}),
            at + "p.jpg: quality: expected 1 to 100, got 0");
  EXPECT_EQ(write("p.webp", gradient(16'384, 1, 3)),
            at + "p.webp: a WebP file holds at most 16383 px a side, got 16384 x 1 px\n"
                 "  hint: use .png");
  EXPECT_EQ(write("p.png", Picture{.width = 2, .height = 2, .pixels = {0}}),
            at + "p.png: a picture to be written has the wrong number of bytes");
  Picture keyed = gradient(1, 1, 3);
  keyed.text = {{"\u00e9", ""}};
  EXPECT_EQ(write("p.png", keyed),
            at + "p.png: a PNG text keyword needs 1 to 79 printable ASCII characters, got "
                 "\"\u00e9\"");
  EXPECT_TRUE(std::filesystem::is_empty(dir.path()));
}

TEST(Picture, FromPlanesClampsAndTruncates) {
  // Two pixels; 0.999 * 255 = 254.7 becomes 254.
  const float planes[] = {0.0f, 0.999f, -3.0f, 0.5f, 7.0f, std::numeric_limits<float>::infinity()};
  const Picture p = picture_from_chw(planes, 1, 2);
  EXPECT_EQ(p.width, 2);
  EXPECT_EQ(p.height, 1);
  EXPECT_THAT(p.pixels, ElementsAre(0, 0, 255, 254, 127, 255));
}

TEST(Picture, FromPlanesRefusesNaN) {
  const float planes[] = {0, 0, std::nanf("")};
  EXPECT_EQ(error_text([&] { picture_from_chw(planes, 1, 1); }),
            "the picture contains NaN\n"
            "  hint: run the VAE in float32, or lower the guidance scale");
}

}  // namespace
}  // namespace calotype
