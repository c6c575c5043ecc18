#include "pictures/label.h"

#include <fontconfig/fontconfig.h>
#include <ft2build.h>
#include <utf8proc.h>
#include FT_FREETYPE_H

#include <algorithm>
#include <memory>
#include <utility>
#include <vector>

#include "calotype/error.h"
#include "calotype/types/aten.h"

namespace calotype {

namespace {

constexpr utf8proc_int32_t kEllipsis = 0x2026;
constexpr utf8proc_int32_t kReplacement = 0xFFFD;

std::string font_file() {
  const std::unique_ptr<FcPattern, decltype(&FcPatternDestroy)> wanted(
      FcNameParse(reinterpret_cast<const FcChar8*>("sans-serif")), FcPatternDestroy);
  FcConfigSubstitute(nullptr, wanted.get(), FcMatchPattern);
  FcDefaultSubstitute(wanted.get());
  FcResult result = FcResultNoMatch;
  const std::unique_ptr<FcPattern, decltype(&FcPatternDestroy)> found(
      FcFontMatch(nullptr, wanted.get(), &result), FcPatternDestroy);
  FcChar8* file = nullptr;
  if (!found || FcPatternGetString(found.get(), FC_FILE, 0, &file) != FcResultMatch) {
    throw Error(ErrorCode::run, "labels need a font, this system has none",
                "install one, for example the package fonts-dejavu-core, or leave the labels out");
  }
  return reinterpret_cast<const char*>(file);
}

class Font {
 public:
  Font(const std::string& file, std::int64_t height) {
    if (FT_Init_FreeType(&library_) != 0) fail(file);
    if (FT_New_Face(library_, file.c_str(), 0, &face_) != 0 ||
        FT_Set_Pixel_Sizes(face_, 0, static_cast<FT_UInt>(height)) != 0) {
      FT_Done_FreeType(library_);
      fail(file);
    }
  }
  ~Font() { FT_Done_FreeType(library_); }
  Font(const Font&) = delete;
  Font& operator=(const Font&) = delete;

  std::int64_t advance(utf8proc_int32_t c) {
    return FT_Load_Char(face_, static_cast<FT_ULong>(c), FT_LOAD_DEFAULT) == 0
               ? face_->glyph->advance.x / 64
               : 0;
  }

  /// Draws with the pen at (x, base) and returns where it goes next.
  std::int64_t draw(utf8proc_int32_t c, std::int64_t x, std::int64_t base, at::Tensor& canvas) {
    if (FT_Load_Char(face_, static_cast<FT_ULong>(c), FT_LOAD_RENDER) != 0) return x;
    const FT_GlyphSlot glyph = face_->glyph;
    const FT_Bitmap& bitmap = glyph->bitmap;
    auto ink = canvas.accessor<float, 2>();
    for (std::int64_t row = 0; row < static_cast<std::int64_t>(bitmap.rows); ++row) {
      const std::int64_t y = base - glyph->bitmap_top + row;
      if (y < 0 || y >= canvas.size(0)) continue;
      for (std::int64_t column = 0; column < static_cast<std::int64_t>(bitmap.width); ++column) {
        const std::int64_t at = x + glyph->bitmap_left + column;
        if (at < 0 || at >= canvas.size(1)) continue;
        const auto value = static_cast<float>(bitmap.buffer[row * bitmap.pitch + column]) / 255.0F;
        ink[y][at] = std::max(ink[y][at], value);
      }
    }
    return x + glyph->advance.x / 64;
  }

 private:
  [[noreturn]] static void fail(const std::string& file) {
    throw Error(ErrorCode::run, file + ": the font cannot be read", "install another font");
  }

  FT_Library library_ = nullptr;
  FT_Face face_ = nullptr;
};

/// Code points of one line; bytes that are not UTF-8 become the replacement character.
std::vector<utf8proc_int32_t> decode(const std::string& text) {
  std::vector<utf8proc_int32_t> out;
  const auto* bytes = reinterpret_cast<const utf8proc_uint8_t*>(text.data());
  for (std::size_t i = 0; i < text.size();) {
    utf8proc_int32_t code = kReplacement;
    const auto used =
        utf8proc_iterate(bytes + i, static_cast<utf8proc_ssize_t>(text.size() - i), &code);
    if (used < 1) code = kReplacement;
    if (code >= ' ') out.push_back(code);
    i += used < 1 ? 1 : static_cast<std::size_t>(used);
  }
  return out;
}

std::int64_t width_of(Font& font, const std::vector<utf8proc_int32_t>& line) {
  std::int64_t sum = 0;
  for (const utf8proc_int32_t c : line) sum += font.advance(c);
  return sum;
}

}  // namespace

at::Tensor draw_label(const std::string& text, std::int64_t width, std::int64_t height) {
  at::Tensor canvas = at::zeros({height, width}, at::kFloat);
  std::vector<utf8proc_int32_t> line = decode(text);
  if (line.empty()) return canvas;
  Font font(font_file(), std::max<std::int64_t>(height * 2 / 3, 1));
  if (std::int64_t taken = width_of(font, line); taken > width) {
    taken += font.advance(kEllipsis);
    while (!line.empty() && taken > width) {
      taken -= font.advance(line.back());
      line.pop_back();
    }
    line.push_back(kEllipsis);
  }
  std::int64_t x = std::max<std::int64_t>((width - width_of(font, line)) / 2, 0);
  for (const utf8proc_int32_t c : line) x = font.draw(c, x, height * 3 / 4, canvas);
  return canvas;
}

}  // namespace calotype
