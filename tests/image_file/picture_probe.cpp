/// Reads one picture file, for bad_pictures_test.py: prints its size, or the error and returns 1.
#include <cstdio>
#include <exception>

#include "image_file/picture.h"

int main(int argc, char** argv) {
  if (argc != 2) return 2;
  try {
    const calotype::Picture p = calotype::read_picture(argv[1]);
    std::printf("%lld x %lld x %d\n", static_cast<long long>(p.width),
                static_cast<long long>(p.height), p.channels);
    return 0;
  } catch (const std::exception& e) {
    std::fprintf(stderr, "%s\n", e.what());
    return 1;
  }
}
