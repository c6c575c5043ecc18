#pragma once
// One reader and one writer per format, over bytes in memory. `file` is for messages.
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "image_file/picture.h"

namespace calotype::picture {

using Bytes = std::span<const std::uint8_t>;

[[noreturn]] void fail(const std::string& file, std::string what, std::string hint = {});
/// Throws when the size is not positive or beyond the limits of picture.h.
void check_size(const std::string& file, std::int64_t width, std::int64_t height);
/// Checks the size and sets pixels aside without touching them: a reader makes them row by row, so
/// that a file which breaks off or lies about its size costs no more memory than what it holds.
Picture reserve_picture(const std::string& file, std::int64_t width, std::int64_t height,
                        int channels);
/// As reserve_picture, with all pixels there and 0.
Picture make_picture(const std::string& file, std::int64_t width, std::int64_t height,
                     int channels);

Picture decode_png(Bytes, const std::string& file);
std::map<std::string, std::string> decode_png_text(Bytes, const std::string& file);
Picture decode_jpeg(Bytes, const std::string& file);
Picture decode_webp(Bytes, const std::string& file);

using Encoded = std::vector<std::uint8_t>;
Encoded encode_png(const Picture&, const PictureOptions&, const std::string& file);
Encoded encode_grey_png(const GreyPicture&, const std::string& file);
Encoded encode_jpeg(const Picture&, const PictureOptions&, const std::string& file);
Encoded encode_webp(const Picture&, const PictureOptions&, const std::string& file);

/// EXIF orientation 1 to 8 of an APP1 segment; 1 when there is none.
int exif_orientation(Bytes app1);
/// Turns and mirrors so that the picture is shown upright.
void apply_orientation(Picture&, int orientation);

}  // namespace calotype::picture
