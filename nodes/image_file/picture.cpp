#include "image_file/picture.h"

#include <fmt/format.h>

#include <algorithm>
#include <string_view>
#include <utility>

#include "calotype/atomic_file.h"
#include "calotype/error.h"
#include "calotype/mapped_file.h"
#include "image_file/codec.h"
#include "image_file/file_ending.h"

namespace calotype {

namespace picture {

void fail(const std::string& file, std::string what, std::string hint) {
  throw Error(ErrorCode::io,
              {Diagnostic{.file = file, .what = std::move(what), .hint = std::move(hint)}});
}

void check_size(const std::string& file, std::int64_t width, std::int64_t height) {
  if (width < 1 || height < 1) fail(file, fmt::format("the picture has {} x {} px", width, height));
  if (width > kMaxPictureSide || height > kMaxPictureSide || width * height > kMaxPicturePixels) {
    fail(file, fmt::format("the picture is too large: expected at most {} px a side and {} px in "
                           "all, got {} x {} px",
                           kMaxPictureSide, kMaxPicturePixels, width, height));
  }
}

Picture reserve_picture(const std::string& file, std::int64_t width, std::int64_t height,
                        int channels) {
  check_size(file, width, height);
  Picture p{.width = width, .height = height, .channels = channels};
  p.pixels.reserve(static_cast<std::size_t>(width * height * channels));
  return p;
}

Picture make_picture(const std::string& file, std::int64_t width, std::int64_t height,
                     int channels) {
  Picture p = reserve_picture(file, width, height, channels);
  p.pixels.resize(static_cast<std::size_t>(width * height * channels));
  return p;
}

namespace {

struct Format {
  std::string_view name;
  std::vector<std::string_view> endings;
  bool (*matches)(std::string_view bytes);
  Picture (*decode)(Bytes, const std::string&);
  Encoded (*encode)(const Picture&, const PictureOptions&, const std::string&);
};

const std::vector<Format>& formats() {
  static const std::vector<Format> rows = {
      {"PNG",
       {".png"},
       [](std::string_view b) { return b.starts_with("\x89PNG\r\n\x1a\n"); },
       decode_png,
       encode_png},
      {"JPEG",
       {".jpg", ".jpeg"},
       [](std::string_view b) { return b.starts_with("\xff\xd8\xff"); },
       decode_jpeg,
       encode_jpeg},
      {"WebP",
       {".webp"},
       [](std::string_view b) {
         return b.starts_with("RIFF") && b.substr(0, 12).ends_with("WEBP");
       },
       decode_webp,
       encode_webp},
  };
  return rows;
}

const Format& format_of(const std::filesystem::path& path) {
  const std::string ending = file_ending(path);
  for (const Format& f : formats()) {
    if (std::ranges::find(f.endings, ending) != f.endings.end()) return f;
  }
  fail(path.string(),
       ending.empty() ? "a picture needs a file ending"
                      : fmt::format("the file ending {} is unknown", quote(ending)),
       "use .png, .jpg, .jpeg or .webp");
}

/// The bytes of a file that starts as its format does.
MappedFile open_as(const Format& format, const std::filesystem::path& path) {
  MappedFile file = map_file(path);
  const std::string_view bytes(reinterpret_cast<const char*>(file.bytes.data()), file.bytes.size());
  if (format.matches(bytes)) return file;
  for (const Format& f : formats()) {
    if (f.matches(bytes)) {
      fail(path.string(), fmt::format("this is a {} file, not {}", f.name, format.name),
           fmt::format("rename it to end with {}", f.endings.front()));
    }
  }
  fail(path.string(), fmt::format("this is not a {} file", format.name));
}

Bytes as_bytes(const MappedFile& file) {
  return {reinterpret_cast<const std::uint8_t*>(file.bytes.data()), file.bytes.size()};
}

void write_bytes(const std::filesystem::path& path, const Encoded& bytes) {
  AtomicFile file(path);
  file.write(std::as_bytes(std::span(bytes)));
  file.commit();
}

void check_picture(const Picture& p, const std::string& file) {
  check_size(file, p.width, p.height);
  if (p.channels != 3 && p.channels != 4) {
    fail(file, fmt::format("a picture to be written has {} channels, not 3 or 4", p.channels));
  }
  if (p.pixels.size() != static_cast<std::size_t>(p.width * p.height * p.channels)) {
    fail(file, "a picture to be written has the wrong number of bytes");
  }
}

}  // namespace
}  // namespace picture

Picture read_picture(const std::filesystem::path& path) {
  const auto& format = picture::format_of(path);
  const MappedFile file = picture::open_as(format, path);
  return format.decode(picture::as_bytes(file), path.string());
}

std::map<std::string, std::string> read_png_text(const std::filesystem::path& path) {
  const MappedFile file = picture::open_as(picture::formats().front(), path);
  return picture::decode_png_text(picture::as_bytes(file), path.string());
}

void write_picture(const std::filesystem::path& path, const Picture& p,
                   const PictureOptions& options) {
  const auto& format = picture::format_of(path);
  picture::check_picture(p, path.string());
  picture::write_bytes(path, format.encode(p, options, path.string()));
}

void write_grey_png(const std::filesystem::path& path, const GreyPicture& p) {
  const std::string file = path.string();
  if (picture::format_of(path).name != "PNG") {
    picture::fail(file, "pictures with 16 bits are written as PNG only", "use .png");
  }
  picture::check_size(file, p.width, p.height);
  if (p.pixels.size() != static_cast<std::size_t>(p.width * p.height)) {
    picture::fail(file, "a picture to be written has the wrong number of pixels");
  }
  picture::write_bytes(path, picture::encode_grey_png(p, file));
}

}  // namespace calotype
