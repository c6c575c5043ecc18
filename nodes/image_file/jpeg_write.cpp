#include <fmt/format.h>

#include <cstdlib>

#include "image_file/codec.h"
#include "image_file/jpeg_state.h"

namespace calotype::picture {

namespace {

struct Output {
  unsigned char* data = nullptr;
  unsigned long size = 0;
  ~Output() { std::free(data); }
};

struct Writer {
  jpeg_compress_struct info{};
  ~Writer() { jpeg_destroy_compress(&info); }
};

bool write_all(jpeg_compress_struct& info, JpegFailure& failure, Output& out, const Picture& p,
               int quality) {
  if (setjmp(failure.back)) return false;
  jpeg_create_compress(&info);
  jpeg_mem_dest(&info, &out.data, &out.size);
  info.image_width = static_cast<JDIMENSION>(p.width);
  info.image_height = static_cast<JDIMENSION>(p.height);
  info.input_components = 3;
  info.in_color_space = JCS_RGB;
  jpeg_set_defaults(&info);
  jpeg_set_quality(&info, quality, TRUE);
  jpeg_start_compress(&info, TRUE);
  while (info.next_scanline < info.image_height) {
    auto* row = const_cast<JSAMPROW>(p.pixels.data() +
                                     std::size_t{3} * info.image_width * info.next_scanline);
    jpeg_write_scanlines(&info, &row, 1);
  }
  jpeg_finish_compress(&info);
  return true;
}

}  // namespace

Encoded encode_jpeg(const Picture& p, const PictureOptions& options, const std::string& file) {
  if (p.channels != 3) fail(file, "a JPEG file cannot hold transparency", "use .png or .webp");
  if (options.quality < 1 || options.quality > 100) {
    fail(file, fmt::format("quality: expected 1 to 100, got {}", options.quality));
  }
  JpegFailure failure;
  Output out;
  Writer writer;
  writer.info.err = jpeg_manager(failure);
  if (!write_all(writer.info, failure, out, p, options.quality)) {
    fail(file, fmt::format("could not encode the JPEG file: {}", failure.text.data()));
  }
  return {out.data, out.data + out.size};
}

}  // namespace calotype::picture
