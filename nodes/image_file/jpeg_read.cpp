#include <fmt/format.h>

#include "image_file/codec.h"
#include "image_file/jpeg_state.h"
// After jpeglib.h: the codes of its messages.
#include <jerror.h>

namespace calotype::picture {

namespace {

constexpr int kMaxScans = 100;
/// A block of 8 x 8 px takes at least one bit.
constexpr std::size_t kMaxPixelsPerByte = 64 * 8;
/// Pictures in several scans are kept whole as coefficients: what the library may use for them.
constexpr std::size_t kBaseMemory = std::size_t{32} << 20;
constexpr std::size_t kMemoryPerByte = 256;
constexpr const char* kTooShort = "the JPEG file is damaged: it is too short for its picture";
constexpr int kApp1 = JPEG_APP0 + 1;

/// libjpeg only warns about missing data and makes up grey pixels.
void refuse_missing_data(j_common_ptr info, int level) {
  const int code = info->err->msg_code;
  if (level < 0 && (code == JWRN_JPEG_EOF || code == JWRN_HIT_MARKER)) info->err->error_exit(info);
}

/// A small file can ask for any number of passes over all its pixels.
void limit_scans(j_common_ptr info) {
  if (reinterpret_cast<j_decompress_ptr>(info)->input_scan_number <= kMaxScans) return;
  auto* const failure = reinterpret_cast<JpegFailure*>(info->err);
  std::snprintf(failure->text.data(), failure->text.size(), "more than %d scans", kMaxScans);
  std::longjmp(failure->back, 1);
}

class JpegReader {
 public:
  JpegReader(Bytes bytes, const std::string& file) : file_(file), bytes_(bytes) {
    info_.err = jpeg_manager(failure_);
    failure_.manager.emit_message = refuse_missing_data;
    progress_.progress_monitor = limit_scans;
  }
  JpegReader(const JpegReader&) = delete;
  JpegReader& operator=(const JpegReader&) = delete;
  ~JpegReader() { jpeg_destroy_decompress(&info_); }

  void start() {
    if (!create(info_, failure_, bytes_.data(), bytes_.size())) refuse();
    info_.progress = &progress_;
    if (!read_header(info_, failure_)) refuse();
    check_size(file_, info_.image_width, info_.image_height);
    if (bytes_.size() < std::size_t{info_.image_width} * info_.image_height / kMaxPixelsPerByte) {
      fail(file_, kTooShort);
    }
    info_.mem->max_memory_to_use = static_cast<long>(kBaseMemory + bytes_.size() * kMemoryPerByte);
    const bool four = info_.jpeg_color_space == JCS_CMYK || info_.jpeg_color_space == JCS_YCCK;
    info_.out_color_space = four ? JCS_CMYK : JCS_RGB;
  }
  /// `pixels` has room for all of them.
  void read(std::vector<std::uint8_t>& pixels) {
    if (!read_rows(info_, failure_, pixels)) refuse();
  }

  const jpeg_decompress_struct& info() const { return info_; }

 private:
  static bool create(jpeg_decompress_struct& info, JpegFailure& failure, const std::uint8_t* data,
                     std::size_t size) {
    if (setjmp(failure.back)) return false;
    jpeg_create_decompress(&info);
    jpeg_mem_src(&info, data, size);
    jpeg_save_markers(&info, kApp1, 0xFFFF);
    return true;
  }
  static bool read_header(jpeg_decompress_struct& info, JpegFailure& failure) {
    if (setjmp(failure.back)) return false;
    jpeg_read_header(&info, TRUE);
    return true;
  }
  static bool read_rows(jpeg_decompress_struct& info, JpegFailure& failure,
                        std::vector<std::uint8_t>& pixels) {
    if (setjmp(failure.back)) return false;
    jpeg_start_decompress(&info);
    const std::size_t stride = static_cast<std::size_t>(info.output_width) *
                               static_cast<std::size_t>(info.output_components);
    while (info.output_scanline < info.output_height) {
      pixels.resize(stride * (info.output_scanline + std::size_t{1}));
      JSAMPROW row = pixels.data() + stride * info.output_scanline;
      jpeg_read_scanlines(&info, &row, 1);
    }
    jpeg_finish_decompress(&info);
    return true;
  }

  [[noreturn]] void refuse() const {
    // What the library says when it may not use more memory.
    if (failure_.manager.msg_code == JERR_NO_BACKING_STORE) fail(file_, kTooShort);
    fail(file_, fmt::format("the JPEG file is damaged: {}", failure_.text.data()));
  }

  std::string file_;
  Bytes bytes_;
  JpegFailure failure_;
  jpeg_progress_mgr progress_{};
  jpeg_decompress_struct info_{};
};

/// Ink to light. Files that Adobe marked hold inverted ink.
std::vector<std::uint8_t> cmyk_to_rgb(const std::vector<std::uint8_t>& ink, bool inverted) {
  std::vector<std::uint8_t> rgb(ink.size() / 4 * 3);
  const auto light = [inverted](std::uint8_t v) { return inverted ? v : 255 - v; };
  for (std::size_t i = 0; i < ink.size() / 4; ++i) {
    const int black = light(ink[4 * i + 3]);
    for (std::size_t c = 0; c < 3; ++c) {
      rgb[3 * i + c] = static_cast<std::uint8_t>((light(ink[4 * i + c]) * black + 127) / 255);
    }
  }
  return rgb;
}

int orientation(const jpeg_decompress_struct& info) {
  for (const jpeg_marker_struct* m = info.marker_list; m; m = m->next) {
    const int found = exif_orientation({m->data, m->data_length});
    if (m->marker == kApp1 && found != 1) return found;
  }
  return 1;
}

}  // namespace

Picture decode_jpeg(Bytes bytes, const std::string& file) {
  JpegReader reader(bytes, file);
  reader.start();
  const bool four = reader.info().out_color_space == JCS_CMYK;
  Picture p =
      reserve_picture(file, reader.info().image_width, reader.info().image_height, four ? 4 : 3);
  const int turn = orientation(reader.info());  // the markers are gone after reading
  reader.read(p.pixels);
  if (four) {
    p.pixels = cmyk_to_rgb(p.pixels, reader.info().saw_Adobe_marker);
    p.channels = 3;
  }
  apply_orientation(p, turn);
  return p;
}

}  // namespace calotype::picture
