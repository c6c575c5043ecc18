#pragma once
/// Picture files: PNG, JPEG and WebP as 8-bit pixels. Torch-free; all functions are thread-safe.
#include <cstdint>
#include <filesystem>
#include <map>
#include <string>
#include <vector>

namespace calotype {

inline constexpr std::int64_t kMaxPictureSide = 16'384;              ///< px
inline constexpr std::int64_t kMaxPicturePixels = 64 * 1024 * 1024;  ///< px
inline constexpr std::size_t kMaxPngText = std::size_t{8} << 20;     ///< bytes, all chunks together

/// Rows from top to bottom, channels interleaved: R, G, B and, with 4 channels, straight alpha.
struct Picture {
  std::int64_t width = 0;   ///< px
  std::int64_t height = 0;  ///< px
  int channels = 3;         ///< 3 or 4
  std::vector<std::uint8_t> pixels;
  std::map<std::string, std::string> text;  ///< PNG text chunks by keyword, in UTF-8
};

/// One value per pixel, rows from top to bottom.
struct GreyPicture {
  std::int64_t width = 0;   ///< px
  std::int64_t height = 0;  ///< px
  std::vector<std::uint16_t> pixels;
};

struct PictureOptions {
  int quality = 95;  ///< 1 to 100; JPEG and WebP only
};

/// Reads by file ending (.png, .jpg, .jpeg, .webp, any case). Grey, palette, 16-bit and CMYK
/// pixels are converted; the EXIF rotation of a JPEG is applied; colour profiles are not.
/// Throws Error(io): missing, of another kind, too large, damaged or cut off. Sizes are checked
/// before pixels are allocated.
Picture read_picture(const std::filesystem::path&);

/// The text chunks in front of the pixels, where every known program writes them.
/// Throws Error(io) as read_picture does.
std::map<std::string, std::string> read_png_text(const std::filesystem::path&);

/// Writes by file ending, to a temporary name first. Only PNG keeps `Picture::text`; JPEG refuses
/// a fourth channel. Throws Error(io) and leaves no file.
void write_picture(const std::filesystem::path&, const Picture&, const PictureOptions& = {});

/// Writes a PNG file with 16 bits per pixel; any other file ending is refused. Throws Error(io) as
/// write_picture does.
void write_grey_png(const std::filesystem::path&, const GreyPicture&);

/// Three planes R, G, B of `height` x `width` values, row-major, in 0..1. Values are clamped, then
/// 255 * x is cut to an integer, not rounded: that is how the reference programs of
/// Stable Diffusion store their pictures. Throws Error(run) when a value is NaN.
Picture picture_from_chw(const float* data, std::int64_t height, std::int64_t width);

}  // namespace calotype
