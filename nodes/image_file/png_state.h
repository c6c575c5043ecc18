#pragma once
// libpng reports errors by longjmp. Every function that calls setjmp here keeps only plain
// pointers and numbers on its stack, and no C++ object lives between it and libpng.
#include <png.h>

#include <array>
#include <cstdio>

namespace calotype::picture {

struct PngFailure {
  std::array<char, 128> text{};
};

[[noreturn]] inline void png_failed(png_structp png, png_const_charp text) {
  auto* const failure = static_cast<PngFailure*>(png_get_error_ptr(png));
  std::snprintf(failure->text.data(), failure->text.size(), "%s", text);
  png_longjmp(png, 1);
}

inline void png_ignore_warning(png_structp, png_const_charp) {}

}  // namespace calotype::picture
