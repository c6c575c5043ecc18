// Files of other programs, damaged files and bombs.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <zlib.h>

#include "image_file/codec.h"
#include "image_file/picture.h"
#include "support/error_text.h"
#include "support/temp_dir.h"

namespace calotype {
namespace {

using test::error_text;
using testing::Each;
using testing::ElementsAre;
using testing::StartsWith;

const std::filesystem::path kData = PICTURES;

std::string big_endian(std::uint32_t v) {
  return {static_cast<char>(v >> 24), static_cast<char>(v >> 16), static_cast<char>(v >> 8),
          static_cast<char>(v)};
}

std::string chunk(const std::string& type, const std::string& data) {
  const std::string body = type + data;
  const auto crc =
      crc32(0, reinterpret_cast<const Bytef*>(body.data()), static_cast<uInt>(body.size()));
  return big_endian(static_cast<std::uint32_t>(data.size())) + body +
         big_endian(static_cast<std::uint32_t>(crc));
}

std::string png_head(std::uint32_t width, std::uint32_t height) {
  return "\x89PNG\r\n\x1a\n" +
         chunk("IHDR", big_endian(width) + big_endian(height) + std::string("\x8\x2\0\0\0", 5));
}

std::string read_error(const test::TempDir& dir, const char* name, const std::string& bytes) {
  const auto file = dir.write(name, bytes);
  std::string text = error_text([&] { read_picture(file); });
  if (text.starts_with(file.string() + ": ")) text.erase(0, file.string().size() + 2);
  return text;
}

TEST(PictureRead, ConvertsPixelsToEightBits) {
  EXPECT_THAT(read_picture(kData / "grey16.png").pixels,
              ElementsAre(0, 0, 0, 128, 128, 128, 255, 255, 255));
  EXPECT_THAT(read_picture(kData / "palette.png").pixels, ElementsAre(255, 0, 0, 0, 0, 255));
  const Picture alpha = read_picture(kData / "palette_alpha.png");
  EXPECT_EQ(alpha.channels, 4);
  EXPECT_THAT(alpha.pixels, ElementsAre(255, 0, 0, 255, 0, 0, 255, 7));
  EXPECT_THAT(read_picture(kData / "grey_alpha.png").pixels, ElementsAre(100, 100, 100, 50));
  const Picture bits = read_picture(kData / "bits.png");
  ASSERT_EQ(bits.pixels.size(), 27u);
  EXPECT_EQ(bits.pixels[0], 0);
  EXPECT_EQ(bits.pixels[26], 255);
}

TEST(PictureRead, ConvertsInkAndGreyOfJpeg) {
  const Picture red = read_picture(kData / "cmyk.jpg");
  ASSERT_EQ(red.channels, 3);
  EXPECT_GT(red.pixels[0], 250);
  EXPECT_LT(red.pixels[1], 5);
  EXPECT_LT(red.pixels[2], 5);
  const Picture grey = read_picture(kData / "grey.jpg");
  ASSERT_EQ(grey.pixels.size(), 192u);
  EXPECT_THAT(grey.pixels, Each(77));
}

TEST(PictureRead, TurnsJpegUpright) {
  // Red left, blue right; "rotate by 90 degrees clockwise to show" puts red on top.
  const Picture p = read_picture(kData / "rotated.jpg");
  EXPECT_EQ(p.width, 16);
  EXPECT_EQ(p.height, 32);
  EXPECT_GT(p.pixels[0], 200);
  EXPECT_GT(p.pixels[p.pixels.size() - 1], 200);
  EXPECT_LT(p.pixels[p.pixels.size() - 3], 50);
}

TEST(PictureRead, AppliesEachOrientation) {
  // 1 2 3 / 4 5 6
  const auto turned = [](int orientation) {
    Picture p{.width = 3, .height = 2};
    for (std::uint8_t v = 1; v <= 6; ++v) p.pixels.insert(p.pixels.end(), {v, v, v});
    picture::apply_orientation(p, orientation);
    std::string text = std::to_string(p.width) + ":";
    for (std::size_t i = 0; i < p.pixels.size(); i += 3) text += std::to_string(p.pixels[i]);
    return text;
  };
  EXPECT_EQ(turned(1), "3:123456");
  EXPECT_EQ(turned(2), "3:321654");
  EXPECT_EQ(turned(3), "3:654321");
  EXPECT_EQ(turned(4), "3:456123");
  EXPECT_EQ(turned(5), "2:142536");
  EXPECT_EQ(turned(6), "2:415263");
  EXPECT_EQ(turned(7), "2:635241");
  EXPECT_EQ(turned(8), "2:362514");
}

TEST(PictureRead, ReadsEveryKindOfTextChunk) {
  const auto text = read_png_text(kData / "text.png");
  EXPECT_EQ(text.at("parameters"), "na\u00efve");
  EXPECT_EQ(text.at("packed"), std::string(300, 'z'));
  EXPECT_EQ(text.at("title"), "\u732b");
  EXPECT_EQ(read_picture(kData / "text.png").text, text);
}

TEST(PictureRead, RefusesOtherKinds) {
  const test::TempDir dir;
  EXPECT_EQ(read_error(dir, "a.png", "just text"), "this is not a PNG file");
  EXPECT_EQ(read_error(dir, "a.jpg", ""), "this is not a JPEG file");
  EXPECT_EQ(read_error(dir, "a.webp", "RIFF\1\0\0\0WAVE"), "this is not a WebP file");
  EXPECT_EQ(read_error(dir, "a.jpg", png_head(1, 1)),
            "this is a PNG file, not JPEG\n  hint: rename it to end with .png");
  EXPECT_EQ(read_error(dir, "a.tiff", ""),
            "the file ending \".tiff\" is unknown\n  hint: use .png, .jpg, .jpeg or .webp");
  EXPECT_EQ(error_text([&] { read_picture(dir / "none.png"); }),
            (dir / "none.png").string() + ": the file does not exist\n  hint: check the path");
  EXPECT_EQ(error_text([] { read_picture(kData / "animated.webp"); }),
            (kData / "animated.webp").string() +
                ": this WebP file is an animation\n  hint: save one picture of it as PNG");
}

TEST(PictureRead, RefusesBombsBeforeAllocating) {
  const test::TempDir dir;
  const auto limits = [](const std::string& size) {
    return "the picture is too large: expected at most 16384 px a side and 67108864 px in all, "
           "got " +
           size + " px";
  };
  EXPECT_EQ(read_error(dir, "a.png", png_head(100'000, 1)), limits("100000 x 1"));
  EXPECT_EQ(read_error(dir, "a.png", png_head(0xFFFFFFFF, 0xFFFFFFFF)),
            limits("4294967295 x 4294967295"));
  EXPECT_EQ(read_error(dir, "a.png", png_head(16'384, 4'097)), limits("16384 x 4097"));
  EXPECT_EQ(read_error(dir, "a.png", png_head(0, 5)), "the picture has 0 x 5 px");
  std::string jpeg = test::read_bytes(kData / "grey.jpg");
  const std::size_t frame = jpeg.find(std::string("\xff\xc0"));
  ASSERT_NE(frame, jpeg.npos);
  jpeg.replace(frame + 5, 4, std::string("\xff\xdc\xff\xdc"));
  EXPECT_EQ(read_error(dir, "a.jpg", jpeg), limits("65500 x 65500"));
}

TEST(PictureRead, RefusesEveryTruncation) {
  const test::TempDir dir;
  Picture p{.width = 24, .height = 24};
  for (int i = 0; i < 24 * 24 * 3; ++i) p.pixels.push_back(static_cast<std::uint8_t>(i * 37));
  for (const char* name : {"p.png", "p.jpg", "p.webp"}) {
    write_picture(dir / name, p);
    const std::string whole = test::read_bytes(dir / name);
    ASSERT_EQ(read_error(dir, name, whole), "no error");
    for (std::size_t size = 0; size + 2 < whole.size(); size += size < 200 ? 1 : 17) {
      EXPECT_NE(read_error(dir, name, whole.substr(0, size)), "no error") << name << " " << size;
    }
  }
  EXPECT_EQ(read_error(dir, "h.png", png_head(1, 1)),
            "the PNG file is damaged: the file is cut off");
  EXPECT_THAT(read_error(dir, "h.jpg", test::read_bytes(dir / "p.jpg").substr(0, 40)),
              StartsWith("the JPEG file is damaged: "));
}

TEST(PictureRead, RefusesDamagedPixels) {
  const test::TempDir dir;
  EXPECT_EQ(read_error(dir, "p.png", png_head(1, 1) + chunk("IDAT", "junk") + chunk("IEND", "")),
            "the PNG file is damaged: IDAT: incorrect header check");
}

TEST(PictureRead, DropsTextThatUnpacksTooFar) {
  const test::TempDir dir;
  const std::string plain(64 << 20, 'z');
  std::string packed(compressBound(plain.size()), '\0');
  uLongf size = packed.size();
  ASSERT_EQ(compress(reinterpret_cast<Bytef*>(packed.data()), &size,
                     reinterpret_cast<const Bytef*>(plain.data()), plain.size()),
            Z_OK);
  packed.resize(size);
  std::string bytes = test::read_bytes(kData / "palette.png");
  bytes.insert(33, chunk("zTXt", std::string("bomb\0\0", 6) + packed));  // behind IHDR
  const auto file = dir.write("bomb.png", bytes);
  EXPECT_FALSE(read_png_text(file).contains("bomb"));
  EXPECT_EQ(read_picture(file).width, 2);
}

}  // namespace
}  // namespace calotype
