#include "cuda_libraries.h"

#include <dlfcn.h>
#include <link.h>

#include <array>
#include <climits>
#include <string>
#include <system_error>

namespace calotype {

namespace {

namespace fs = std::filesystem;

void open_all(const fs::path& folder, const std::string& beginning) {
  std::error_code none;
  for (const fs::directory_entry& file : fs::directory_iterator(folder, none)) {
    if (!file.path().filename().string().starts_with(beginning)) continue;
    dlopen(file.path().c_str(), RTLD_NOW | RTLD_LOCAL);  // it stays open
  }
}

}  // namespace

void open_nvrtc(const fs::path& torch_lib) {
  std::error_code none;
  const fs::path packages = torch_lib.parent_path().parent_path() / "nvidia";
  for (const fs::directory_entry& package : fs::directory_iterator(packages, none)) {
    const fs::path lib = package.path() / "lib";
    open_all(lib, "libnvrtc-builtins.so.");
    open_all(lib, "libnvrtc.so.");
  }
}

void open_nvrtc() {
  void* const cuda = dlopen("libtorch_cuda.so", RTLD_NOW | RTLD_NOLOAD);
  if (cuda == nullptr) return;
  std::array<char, PATH_MAX> folder{};
  if (dlinfo(cuda, RTLD_DI_ORIGIN, folder.data()) == 0) open_nvrtc(folder.data());
  dlclose(cuda);
}

}  // namespace calotype
