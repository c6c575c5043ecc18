// The orientation tag of EXIF 2.3, section 4.6.4 (tag 0x0112 of the first TIFF directory).
#include <cstring>
#include <utility>

#include "image_file/codec.h"

namespace calotype::picture {

namespace {

constexpr std::size_t kExifPrefix = 6;  // "Exif", two NUL bytes

/// Bounded reads in the byte order that the TIFF header names; 0 behind the end.
struct Tiff {
  Bytes bytes;
  bool little;

  std::uint32_t number(std::size_t at, std::size_t size) const {
    if (at > bytes.size() || size > bytes.size() - at) return 0;
    std::uint32_t value = 0;
    for (std::size_t i = 0; i < size; ++i) {
      value = (value << 8) | bytes[at + (little ? size - 1 - i : i)];
    }
    return value;
  }
};

}  // namespace

int exif_orientation(Bytes app1) {
  if (app1.size() < kExifPrefix + 8 || std::memcmp(app1.data(), "Exif\0", kExifPrefix) != 0) {
    return 1;
  }
  const Tiff tiff{app1.subspan(kExifPrefix), app1[kExifPrefix] == 'I'};
  constexpr std::size_t kRow = 12;
  constexpr std::uint32_t kOrientation = 0x0112;
  const std::size_t directory = tiff.number(4, 4);
  const std::size_t count = tiff.number(directory, 2);
  for (std::size_t i = 0; i < count; ++i) {
    const std::size_t row = directory + 2 + i * kRow;
    if (tiff.number(row, 2) != kOrientation) continue;
    const std::uint32_t value = tiff.number(row + 8, 2);
    return value >= 1 && value <= 8 ? static_cast<int>(value) : 1;
  }
  return 1;
}

void apply_orientation(Picture& p, int orientation) {
  if (orientation <= 1 || orientation > 8) return;
  const bool swap_axes = orientation >= 5;
  const bool mirror_x =
      orientation == 2 || orientation == 3 || orientation == 7 || orientation == 8;
  const bool mirror_y =
      orientation == 3 || orientation == 4 || orientation == 6 || orientation == 7;
  Picture out = p;
  if (swap_axes) std::swap(out.width, out.height);
  const auto channels = static_cast<std::size_t>(p.channels);
  std::uint8_t* to = out.pixels.data();
  for (std::int64_t y = 0; y < out.height; ++y) {
    for (std::int64_t x = 0; x < out.width; ++x, to += channels) {
      std::int64_t sx = swap_axes ? y : x;
      std::int64_t sy = swap_axes ? x : y;
      if (mirror_x) sx = p.width - 1 - sx;
      if (mirror_y) sy = p.height - 1 - sy;
      std::memcpy(to, p.pixels.data() + static_cast<std::size_t>(sy * p.width + sx) * channels,
                  channels);
    }
  }
  p = std::move(out);
}

}  // namespace calotype::picture
