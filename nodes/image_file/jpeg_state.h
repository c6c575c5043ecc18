#pragma once
// libjpeg reports errors by calling back; as with libpng, we longjmp out of it and keep C++
// objects away from the frames in between.
#include <csetjmp>
#include <cstddef>
#include <cstdio>
// jpeglib.h needs the two above.
#include <jpeglib.h>

#include <array>

namespace calotype::picture {

struct JpegFailure {
  jpeg_error_mgr manager{};  // first: libjpeg hands out a pointer to it
  std::jmp_buf back{};
  std::array<char, JMSG_LENGTH_MAX> text{};
};

[[noreturn]] inline void jpeg_failed(j_common_ptr info) {
  auto* const failure = reinterpret_cast<JpegFailure*>(info->err);
  info->err->format_message(info, failure->text.data());
  std::longjmp(failure->back, 1);
}

inline void jpeg_stay_silent(j_common_ptr) {}

inline jpeg_error_mgr* jpeg_manager(JpegFailure& failure) {
  jpeg_error_mgr* const manager = jpeg_std_error(&failure.manager);
  manager->error_exit = jpeg_failed;
  manager->output_message = jpeg_stay_silent;
  return manager;
}

}  // namespace calotype::picture
