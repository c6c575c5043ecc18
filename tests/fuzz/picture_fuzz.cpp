// Any bytes as a picture of the kind that they start like.
#include <cstdint>
#include <cstdlib>

#include "calotype/error.h"
#include "image_file/codec.h"

namespace {

using calotype::Picture;
namespace picture = calotype::picture;

Picture decode(picture::Bytes bytes) {
  if (bytes[0] == 0x89) return picture::decode_png(bytes, "f");
  if (bytes[0] == 0xFF) return picture::decode_jpeg(bytes, "f");
  return picture::decode_webp(bytes, "f");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  try {
    const Picture p = decode({data, size});
    if (p.pixels.size() != static_cast<std::size_t>(p.width * p.height * p.channels)) std::abort();
  } catch (const calotype::Error& e) {
    if (e.code() != calotype::ErrorCode::io) std::abort();
  }
  return 0;
}
