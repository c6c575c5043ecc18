#include <fmt/format.h>

#include <cstring>
#include <new>

#include "image_file/codec.h"
#include "image_file/png_state.h"

namespace calotype::picture {

namespace {

/// Deflate codes at most 258 bytes in 2 bits.
constexpr std::size_t kMaxInflation = 258 * 4;

struct Source {
  const std::uint8_t* at;
  std::size_t left;
};

void read_bytes(png_structp png, png_bytep out, std::size_t size) {
  auto* const source = static_cast<Source*>(png_get_io_ptr(png));
  if (size > source->left) png_error(png, "the file is cut off");
  std::memcpy(out, source->at, size);
  source->at += size;
  source->left -= size;
}

/// Owns libpng's structures. `info` is filled by `start`.
class PngReader {
 public:
  PngReader(Bytes bytes, const std::string& file)
      : file_(file), source_{bytes.data(), bytes.size()} {
    png_ = png_create_read_struct(PNG_LIBPNG_VER_STRING, &failure_, png_failed, png_ignore_warning);
    info_ = png_ ? png_create_info_struct(png_) : nullptr;
    if (!info_) throw std::bad_alloc();
  }
  PngReader(const PngReader&) = delete;
  PngReader& operator=(const PngReader&) = delete;
  ~PngReader() { png_destroy_read_struct(&png_, &info_, nullptr); }

  void start() {
    if (!read_info(png_, info_, &source_)) refuse();
  }
  void prepare() {
    if (!set_transforms(png_, info_)) refuse();
  }
  /// `pixels` has room for all rows of `row_bytes()`.
  void read(std::vector<std::uint8_t>& pixels, std::size_t height) {
    const bool read = interlaced() ? read_all(png_, info_, whole(pixels, height).data())
                                   : read_rows(png_, info_, pixels, row_bytes(), height);
    if (!read) refuse();
  }

  bool interlaced() const { return png_get_interlace_type(png_, info_) != PNG_INTERLACE_NONE; }
  /// Before or after `prepare`: of the file, or of the picture.
  std::size_t row_bytes() const { return png_get_rowbytes(png_, info_); }
  int channels() const { return png_get_channels(png_, info_); }
  std::map<std::string, std::string> text() const;

 private:
  static bool read_info(png_structp png, png_infop info, Source* source) {
    if (setjmp(png_jmpbuf(png))) return false;
    png_set_user_limits(png, kMaxPictureSide, kMaxPictureSide);
    png_set_chunk_malloc_max(png, kMaxPngText);
    png_set_read_fn(png, source, read_bytes);
    png_read_info(png, info);
    return true;
  }
  static bool set_transforms(png_structp png, png_infop info) {
    if (setjmp(png_jmpbuf(png))) return false;
    png_set_expand(png);
    png_set_scale_16(png);
    png_set_gray_to_rgb(png);
    png_set_interlace_handling(png);
    png_read_update_info(png, info);
    return true;
  }
  static bool read_rows(png_structp png, png_infop info, std::vector<std::uint8_t>& pixels,
                        std::size_t stride, std::size_t height) {
    if (setjmp(png_jmpbuf(png))) return false;
    for (std::size_t y = 0; y < height; ++y) {
      pixels.resize((y + 1) * stride);
      png_read_row(png, pixels.data() + y * stride, nullptr);
    }
    png_read_end(png, info);
    return true;
  }
  static bool read_all(png_structp png, png_infop info, png_bytepp rows) {
    if (setjmp(png_jmpbuf(png))) return false;
    png_read_image(png, rows);
    png_read_end(png, info);
    return true;
  }
  /// Makes all pixels and returns where each row begins.
  std::vector<png_bytep> whole(std::vector<std::uint8_t>& pixels, std::size_t height) const {
    pixels.resize(row_bytes() * height);
    std::vector<png_bytep> rows(height);
    for (std::size_t y = 0; y < height; ++y) rows[y] = pixels.data() + y * row_bytes();
    return rows;
  }

  [[noreturn]] void refuse() const {
    fail(file_, fmt::format("the PNG file is damaged: {}", failure_.text.data()));
  }

  std::string file_;
  Source source_;
  PngFailure failure_;
  png_structp png_ = nullptr;
  png_infop info_ = nullptr;
};

std::string latin1_to_utf8(std::string_view text) {
  std::string out;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte >= 0x80) out += static_cast<char>(0xC0 | (byte >> 6));
    out += byte < 0x80 ? c : static_cast<char>(0x80 | (byte & 0x3F));
  }
  return out;
}

std::map<std::string, std::string> PngReader::text() const {
  png_textp rows = nullptr;
  int count = 0;
  png_get_text(png_, info_, &rows, &count);
  std::map<std::string, std::string> out;
  std::size_t total = 0;
  for (int i = 0; i < count; ++i) {
    const png_text& row = rows[i];
    const bool unicode = row.compression >= PNG_ITXT_COMPRESSION_NONE;
    const std::string_view value(row.text ? row.text : "",
                                 unicode ? row.itxt_length : row.text_length);
    total += value.size();
    if (total > kMaxPngText) {
      fail(file_, fmt::format("the text chunks are longer than {} bytes", kMaxPngText));
    }
    out.emplace(latin1_to_utf8(row.key), unicode ? std::string(value) : latin1_to_utf8(value));
  }
  return out;
}

std::int64_t big_endian_u32(const std::uint8_t* at) {
  return (std::int64_t{at[0]} << 24) | (at[1] << 16) | (at[2] << 8) | at[3];
}

struct Size {
  std::int64_t width, height;
};

/// From the first chunk, before libpng sees the file.
Size size_of(Bytes bytes, const std::string& file) {
  constexpr std::size_t kType = 12, kWidth = 16, kHeight = 20, kEnd = 24;
  if (bytes.size() < kEnd) fail(file, "the PNG file is damaged: the file is cut off");
  if (std::memcmp(bytes.data() + kType, "IHDR", 4) != 0) {
    fail(file, "the PNG file is damaged: the first chunk is not IHDR");
  }
  const Size size{big_endian_u32(bytes.data() + kWidth), big_endian_u32(bytes.data() + kHeight)};
  check_size(file, size.width, size.height);
  return size;
}

}  // namespace

Picture decode_png(Bytes bytes, const std::string& file) {
  const Size size = size_of(bytes, file);
  PngReader reader(bytes, file);
  reader.start();
  const auto height = static_cast<std::size_t>(size.height);
  if (bytes.size() < reader.row_bytes() * height / kMaxInflation) {
    fail(file, "the PNG file is damaged: it is too short for its picture");
  }
  reader.prepare();
  Picture p = reserve_picture(file, size.width, size.height, reader.channels());
  const auto stride = static_cast<std::size_t>(p.width * p.channels);
  if (reader.row_bytes() != stride || (p.channels != 3 && p.channels != 4)) {
    fail(file, "the PNG file has an unknown layout of pixels");
  }
  reader.read(p.pixels, height);
  p.text = reader.text();
  return p;
}

std::map<std::string, std::string> decode_png_text(Bytes bytes, const std::string& file) {
  size_of(bytes, file);
  PngReader reader(bytes, file);
  reader.start();
  return reader.text();
}

}  // namespace calotype::picture
