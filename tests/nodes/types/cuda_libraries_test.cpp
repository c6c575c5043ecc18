#include "types/src/cuda_libraries.h"

#include <dlfcn.h>
#include <gtest/gtest.h>
#include <zlib.h>

#include <filesystem>

#include "support/temp_dir.h"

namespace calotype {
namespace {

namespace fs = std::filesystem;

bool is_open(const fs::path& file) {
  void* const library = dlopen(file.c_str(), RTLD_NOW | RTLD_NOLOAD);
  if (library != nullptr) dlclose(library);
  return library != nullptr;
}

/// Some library under another name.
fs::path pretend(const fs::path& file) {
  Dl_info zlib{};
  dladdr(reinterpret_cast<const void*>(&zlibVersion), &zlib);
  fs::create_directories(file.parent_path());
  fs::copy_file(fs::canonical(zlib.dli_fname), file);
  return file;
}

TEST(CudaLibraries, OpensNvrtcInThePackagesBesideTorch) {
  const test::TempDir dir;
  fs::create_directories(dir / "torch/lib");
  const fs::path builtins = pretend(dir / "nvidia/cu13/lib/libnvrtc-builtins.so.13.0");
  const fs::path nvrtc = pretend(dir / "nvidia/cuda_nvrtc/lib/libnvrtc.so.12");
  const fs::path other = pretend(dir / "nvidia/cu13/lib/libcurand.so.10");
  open_nvrtc(dir / "torch/lib");
  EXPECT_TRUE(is_open(builtins));
  EXPECT_TRUE(is_open(nvrtc));
  EXPECT_FALSE(is_open(other));
}

TEST(CudaLibraries, DoesNothingWhereThereAreNone) {
  const test::TempDir dir;
  open_nvrtc(dir / "torch/lib");
  dir.write("nvidia", "no folder");
  open_nvrtc(dir / "torch/lib");
}

}  // namespace
}  // namespace calotype
