#include <fmt/format.h>

#include <algorithm>
#include <new>

#include "calotype/error.h"
#include "image_file/codec.h"
#include "image_file/png_state.h"

namespace calotype::picture {

namespace {

bool append(Encoded& out, png_bytep data, std::size_t size) noexcept {
  try {
    out.insert(out.end(), data, data + size);
    return true;
  } catch (const std::bad_alloc&) {
    return false;
  }
}

void write_bytes(png_structp png, png_bytep data, std::size_t size) {
  if (!append(*static_cast<Encoded*>(png_get_io_ptr(png)), data, size)) {
    png_error(png, "out of memory");
  }
}

void flush_nothing(png_structp) {}

struct Structs {
  png_structp png = nullptr;
  png_infop info = nullptr;
  ~Structs() { png_destroy_write_struct(&png, &info); }
};

struct Image {
  png_uint_32 width, height;
  int bits, color_type;
  png_bytepp rows;
  png_textp text;
  int text_count;
};

bool write_all(png_structp png, png_infop info, Encoded* out, const Image* image) {
  if (setjmp(png_jmpbuf(png))) return false;
  png_set_user_limits(png, kMaxPictureSide, kMaxPictureSide);
  png_set_write_fn(png, out, write_bytes, flush_nothing);
  png_set_IHDR(png, info, image->width, image->height, image->bits, image->color_type,
               PNG_INTERLACE_NONE, PNG_COMPRESSION_TYPE_DEFAULT, PNG_FILTER_TYPE_DEFAULT);
  png_set_text(png, info, image->text, image->text_count);
  png_write_info(png, info);
  png_write_image(png, image->rows);
  png_write_end(png, nullptr);
  return true;
}

bool is_ascii(const std::string& text) {
  return std::ranges::all_of(text, [](unsigned char c) { return c < 0x80; });
}

void check_text(const std::string& key, const std::string& value, const std::string& file) {
  constexpr std::size_t kMaxKey = 79;
  const bool printable =
      std::ranges::all_of(key, [](unsigned char c) { return c > 31 && c < 127; });
  if (key.empty() || key.size() > kMaxKey || !printable) {
    fail(file, fmt::format("a PNG text keyword needs 1 to 79 printable ASCII characters, got {}",
                           quote(key.substr(0, kMaxKey))));
  }
  if (value.find('\0') != value.npos) {
    fail(file, fmt::format("the PNG text {} contains a NUL byte", quote(key)));
  }
}

/// Plain chunks for ASCII, international ones for anything else. Points into `p`.
std::vector<png_text> text_rows(const Picture& p, const std::string& file) {
  std::vector<png_text> rows;
  std::size_t total = 0;
  for (const auto& [key, value] : p.text) {
    check_text(key, value, file);
    total += value.size();
    png_text row{};
    row.compression = is_ascii(value) ? PNG_TEXT_COMPRESSION_NONE : PNG_ITXT_COMPRESSION_NONE;
    row.key = const_cast<png_charp>(key.c_str());
    row.text = const_cast<png_charp>(value.c_str());
    row.text_length = value.size();
    rows.push_back(row);
  }
  if (total > kMaxPngText) {
    fail(file, fmt::format("the PNG text is too long: expected at most {} bytes, got {}",
                           kMaxPngText, total));
  }
  return rows;
}

Encoded encode(const Image& image, const std::string& file) {
  PngFailure failure;
  Structs s;
  s.png = png_create_write_struct(PNG_LIBPNG_VER_STRING, &failure, png_failed, png_ignore_warning);
  s.info = s.png ? png_create_info_struct(s.png) : nullptr;
  if (!s.info) throw std::bad_alloc();
  Encoded out;
  if (!write_all(s.png, s.info, &out, &image)) {
    fail(file, fmt::format("could not encode the PNG file: {}", failure.text.data()));
  }
  return out;
}

/// Pointers to `count` rows of equal length. libpng's signature is not const.
std::vector<png_bytep> row_pointers(const std::vector<std::uint8_t>& bytes, std::int64_t count) {
  std::vector<png_bytep> rows(static_cast<std::size_t>(count));
  const std::size_t stride = bytes.size() / rows.size();
  for (std::size_t y = 0; y < rows.size(); ++y) {
    rows[y] = const_cast<png_bytep>(bytes.data() + y * stride);
  }
  return rows;
}

}  // namespace

Encoded encode_png(const Picture& p, const PictureOptions&, const std::string& file) {
  std::vector<png_text> text = text_rows(p, file);
  std::vector<png_bytep> rows = row_pointers(p.pixels, p.height);
  return encode({.width = static_cast<png_uint_32>(p.width),
                 .height = static_cast<png_uint_32>(p.height),
                 .bits = 8,
                 .color_type = p.channels == 4 ? PNG_COLOR_TYPE_RGB_ALPHA : PNG_COLOR_TYPE_RGB,
                 .rows = rows.data(),
                 .text = text.data(),
                 .text_count = static_cast<int>(text.size())},
                file);
}

Encoded encode_grey_png(const GreyPicture& p, const std::string& file) {
  std::vector<std::uint8_t> bytes;
  bytes.reserve(2 * p.pixels.size());
  for (const std::uint16_t value : p.pixels) {  // PNG stores the high byte first
    bytes.push_back(static_cast<std::uint8_t>(value >> 8));
    bytes.push_back(static_cast<std::uint8_t>(value & 0xFF));
  }
  std::vector<png_bytep> rows = row_pointers(bytes, p.height);
  return encode({.width = static_cast<png_uint_32>(p.width),
                 .height = static_cast<png_uint_32>(p.height),
                 .bits = 16,
                 .color_type = PNG_COLOR_TYPE_GRAY,
                 .rows = rows.data(),
                 .text = nullptr,
                 .text_count = 0},
                file);
}

}  // namespace calotype::picture
