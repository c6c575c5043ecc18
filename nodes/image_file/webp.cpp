#include <fmt/format.h>
#include <webp/decode.h>
#include <webp/encode.h>

#include <memory>

#include "image_file/codec.h"

namespace calotype::picture {

namespace {

/// What the file says of its length.
std::size_t riff_size(Bytes bytes) {
  constexpr std::size_t kAt = 4, kHeader = 8;
  if (bytes.size() < kHeader) return 0;
  std::size_t size = 0;
  for (std::size_t i = 4; i-- > 0;) size = size << 8 | bytes[kAt + i];
  return size + kHeader;
}

}  // namespace

Picture decode_webp(Bytes bytes, const std::string& file) {
  WebPBitstreamFeatures features{};
  if (WebPGetFeatures(bytes.data(), bytes.size(), &features) != VP8_STATUS_OK) {
    fail(file, "the WebP file is damaged: its header cannot be read");
  }
  if (riff_size(bytes) > bytes.size()) fail(file, "the WebP file is damaged or cut off");
  if (features.has_animation) {
    fail(file, "this WebP file is an animation", "save one picture of it as PNG");
  }
  Picture p = make_picture(file, features.width, features.height, features.has_alpha ? 4 : 3);
  const auto decode = features.has_alpha ? WebPDecodeRGBAInto : WebPDecodeRGBInto;
  const auto stride = static_cast<int>(p.width * p.channels);
  if (!decode(bytes.data(), bytes.size(), p.pixels.data(), p.pixels.size(), stride)) {
    fail(file, "the WebP file is damaged or cut off");
  }
  return p;
}

Encoded encode_webp(const Picture& p, const PictureOptions& options, const std::string& file) {
  if (options.quality < 1 || options.quality > 100) {
    fail(file, fmt::format("quality: expected 1 to 100, got {}", options.quality));
  }
  if (p.width > WEBP_MAX_DIMENSION || p.height > WEBP_MAX_DIMENSION) {
    fail(file,
         fmt::format("a WebP file holds at most {} px a side, got {} x {} px", WEBP_MAX_DIMENSION,
                     p.width, p.height),
         "use .png");
  }
  const auto encode = p.channels == 4 ? WebPEncodeRGBA : WebPEncodeRGB;
  std::uint8_t* data = nullptr;
  const std::size_t size =
      encode(p.pixels.data(), static_cast<int>(p.width), static_cast<int>(p.height),
             static_cast<int>(p.width * p.channels), static_cast<float>(options.quality), &data);
  const std::unique_ptr<std::uint8_t, void (*)(void*)> owner(data, WebPFree);
  if (size == 0) fail(file, "could not encode the WebP file");
  return {data, data + size};
}

}  // namespace calotype::picture
