#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <limits>
#include <string>
#include <vector>

#include "calotype/types/aten.h"
#include "support/palette_plugin.h"
#include "support/temp_dir.h"

namespace calotype {
namespace {

/// The port type and its files.
class PaletteValue : public test::PalettePlugin {
 protected:
  std::string refusal(const at::Tensor& colours, const at::Tensor& pixels) {
    try {
      palette(colours, pixels);
    } catch (const Error& e) {
      return e.what();
    }
    return "no error";
  }
  std::string load_error(const std::string& name, const std::string& content) {
    const std::string file = folder_.write(name, content).string();
    const std::string error = error_of("example.LoadPalette", {}, {file});
    return error.starts_with(file) ? error.substr(file.size()) : error;
  }
  at::Tensor loaded(const std::string& name, const std::string& content) {
    const std::string file = folder_.write(name, content).string();
    return member(run("example.LoadPalette", {}, {file}).at(0), "colours");
  }

  test::TempDir folder_;
};

TEST_F(PaletteValue, BringsItsPortType) {
  EXPECT_EQ(registry_.schema("example.ExtractPalette")->output("palette")->type, "example.Palette");
  EXPECT_EQ(registry_.schema("example.QuantizeImage")->input("palette")->type, "example.Palette");
  EXPECT_TRUE(can_save(type()));
}

TEST_F(PaletteValue, ReadsGimpPalettes) {
  const at::Tensor colours = loaded("a.GPL",
                                    "GIMP Palette\r\nName: Two\r\nColumns: 2\r\n# a note\r\n\r\n"
                                    "255   0\t8\tRed of a kind\r\n 16 32  64 \r\n");
  EXPECT_TRUE(
      at::equal(colours * 255, at::tensor({255.f, 0.f, 8.f, 16.f, 32.f, 64.f}).view({2, 3})));
}

TEST_F(PaletteValue, ReadsListsOfHexadecimalColours) {
  const at::Tensor colours = loaded("a.hex", "ff8000\n\n#0010Fa");
  EXPECT_TRUE(
      at::equal(colours * 255, at::tensor({255.f, 128.f, 0.f, 0.f, 16.f, 250.f}).view({2, 3})));
}

TEST_F(PaletteValue, SaysWhereAPaletteFileIsWrong) {
  const std::string numbers = "expected three numbers from 0 to 255, such as \"255 128 0\", got ";
  const std::string digits = "expected six hexadecimal digits, such as \"ff8000\", got ";
  EXPECT_EQ(load_error("a.gpl", "GIMP Palette\n1 2 3\n1 2 256 x\n"),
            ":3:5: " + numbers + "\"256 x\"");
  EXPECT_EQ(load_error("a.gpl", "GIMP Palette\n1 2\n"), ":2:4: " + numbers + "nothing");
  EXPECT_EQ(load_error("a.gpl", "GIMP Palette\n1 -2 3\n"), ":2:3: " + numbers + "\"-2 3\"");
  EXPECT_EQ(load_error("a.gpl", "GIMP Palette\n1 2 3\nName: late\n"),
            ":3:1: " + numbers + "\"Name: late\"");
  EXPECT_EQ(load_error("a.gpl", "GIMP Palette\n99999999999 2 3\n"),
            ":2:1: " + numbers + "\"99999999999 2 3\"");
  EXPECT_EQ(load_error("a.gpl", "JASC-PAL\n"),
            ":1:1: expected \"GIMP Palette\" as the first line, got \"JASC-PAL\"\n"
            "  hint: palettes with one colour a line, such as ff8000, end in .hex");
  EXPECT_EQ(load_error("a.gpl", ""),
            ":1:1: expected \"GIMP Palette\" as the first line, got nothing\n"
            "  hint: palettes with one colour a line, such as ff8000, end in .hex");
  EXPECT_EQ(load_error("a.hex", "ff80\n"), ":1:1: " + digits + "\"ff80\"");
  EXPECT_EQ(load_error("a.hex", "ff8000\n-f8000\n"), ":2:1: " + digits + "\"-f8000\"");
  EXPECT_EQ(load_error("a.hex", "ff800\xff\n"), ":1:1: " + digits + "\"ff800?\"");
  EXPECT_EQ(load_error("a.hex", std::string(1000, 'a')),
            ":1:1: " + digits + "\"" + std::string(40, 'a') + "\"...");
  EXPECT_EQ(load_error("a.hex", "\n\n"), ": the file has no colours");
  std::string many;
  for (int i = 0; i < 257; ++i) many += "000000\n";
  EXPECT_EQ(load_error("a.hex", many),
            ":257:1: expected at most 256 colours, got \"000000\"\n"
            "  hint: remove colours from the file");
  EXPECT_EQ(load_error("a.hex", std::string((1 << 20) + 1, '\n')),
            ": the file is too large for a palette: expected at most 1048576 bytes, got 1048577");
}

TEST_F(PaletteValue, ReadsNothingButRegularFilesOfItsKinds) {
  const std::string other = (folder_ / "a.txt").string();
  EXPECT_EQ(error_of("example.LoadPalette", {}, {other}),
            "path \"" + other +
                "\" must end in .gpl or .hex\n"
                "  hint: palettes are read and written as GIMP palettes or lists of rrggbb");
  const std::string absent = (folder_ / "absent.hex").string();
  EXPECT_EQ(error_of("example.LoadPalette", {}, {absent}),
            absent + ": the file does not exist\n  hint: check the path");
  const std::string directory = (folder_ / "folder.hex").string();
  std::filesystem::create_directory(directory);
  EXPECT_EQ(error_of("example.LoadPalette", {}, {directory}),
            directory + ": expected a file, got a folder");
}

TEST_F(PaletteValue, CutOffPaletteFilesAreReadOrRefusedButNeverCrash) {
  const std::string whole = "GIMP Palette\nName: x\nColumns: 3\n# note\n255 128 0\tred\n1 2 3\n";
  for (std::size_t length = 0; length <= whole.size(); ++length) {
    const std::string error = load_error("cut.gpl", whole.substr(0, length));
    EXPECT_TRUE(error == "no error" || error.starts_with(":")) << length << error;
  }
  for (int byte = 0; byte < 256; ++byte) {
    std::string damaged = whole;
    damaged[45] = static_cast<char>(byte);
    load_error("damaged.gpl", damaged);
  }
}

TEST_F(PaletteValue, WritesFilesThatItReadsBack) {
  const at::Tensor bytes = at::tensor({0.f, 1.f, 255.f, 127.f, 128.f, 200.f}).view({2, 3});
  for (const char* name : {"saved.gpl", "saved.hex"}) {
    const std::string file = (folder_ / name).string();
    run("example.SavePalette", {{palette((bytes + 0.4) / 255.5)}}, {file});
    const at::Tensor back = member(run("example.LoadPalette", {}, {file}).at(0), "colours");
    EXPECT_TRUE(at::equal((back * 255).round(), bytes)) << name;
  }
  EXPECT_EQ(test::read_bytes(folder_ / "saved.gpl"),
            "GIMP Palette\nName: saved\n#\n  0   1 255\n127 128 200\n");
  EXPECT_EQ(test::read_bytes(folder_ / "saved.hex"), "0001ff\n7f80c8\n");
}

TEST_F(PaletteValue, ShowsItsColoursAsSwatches) {
  const at::Tensor colours = at::tensor({1.f, 0.f, 0.f, 0.f, 0.f, 128 / 255.f}).view({2, 3});
  const Preview two = preview_of(palette(colours));
  EXPECT_EQ(two.width, 64);
  EXPECT_EQ(two.height, 32);
  EXPECT_THAT(std::vector(two.rgb.begin(), two.rgb.begin() + 3), testing::ElementsAre(255, 0, 0));
  EXPECT_THAT(std::vector(two.rgb.end() - 3, two.rgb.end()), testing::ElementsAre(0, 0, 128));

  const Preview many = preview_of(palette(at::zeros({17, 3})));
  EXPECT_EQ(many.width, 16 * 32);
  EXPECT_EQ(many.height, 2 * 32);
  EXPECT_EQ(many.rgb.at(3 * 16 * 32 * 32), 0);  // the 17th colour
  EXPECT_EQ(many.rgb.back(), 255);              // nothing after it
}

TEST_F(PaletteValue, CountsItsMemory) {
  EXPECT_EQ(grey_palette({0, 1, 1}).memory().host, 3U * (3 * 4 + 8));
}

TEST_F(PaletteValue, RefusesSavedValuesThatAreNoPalettes) {
  const std::string refused = "this is not a saved example.Palette: ";
  const at::Tensor counts = at::zeros({2}, at::kLong);
  EXPECT_EQ(refusal(at::zeros({2, 4}), counts), refused + "\"colours\" must be float32 [N, 3]");
  EXPECT_EQ(refusal(at::zeros({2, 3}, at::kDouble), counts),
            refused + "\"colours\" must be float32 [N, 3]");
  EXPECT_EQ(refusal(at::zeros({0, 3}), at::zeros({0}, at::kLong)),
            refused + "a palette has 1 to 256 colours, got 0");
  EXPECT_EQ(refusal(at::zeros({257, 3}), at::zeros({257}, at::kLong)),
            refused + "a palette has 1 to 256 colours, got 257");
  EXPECT_EQ(refusal(at::full({2, 3}, std::numeric_limits<float>::quiet_NaN()), counts),
            refused + "\"colours\" must lie in 0..1");
  EXPECT_EQ(refusal(at::zeros({2, 3}), at::zeros({3}, at::kLong)),
            refused + "\"pixels\" must be int64 [N] with as many entries as \"colours\"");
  EXPECT_EQ(refusal(at::zeros({2, 3}), counts - 1), refused + "\"pixels\" must not be negative");
  EXPECT_EQ(
      [&] {
        try {
          load_value(type(), {});
        } catch (const Error& e) {
          return std::string(e.what());
        }
        return std::string("no error");
      }(),
      refused + "the archive has no tensor \"colours\"");
}

}  // namespace
}  // namespace calotype
