#include "calotype/environment.h"

#include <fmt/format.h>

#include <cstdlib>
#include <filesystem>

namespace calotype {

std::string run_environment(std::string_view torch_version, bool torch_has_cuda) {
  const char* visible = std::getenv("CUDA_VISIBLE_DEVICES");
  const bool hidden = visible && (*visible == '\0' || std::string_view(visible).starts_with("-1"));
  // The driver's device file, under WSL the second, says as much about "auto" as libtorch would.
  const bool driver =
      std::filesystem::exists("/dev/nvidiactl") || std::filesystem::exists("/dev/dxg");
  const bool cuda = torch_has_cuda && !hidden && driver;
  return fmt::format("torch {} {}", torch_version, cuda ? "cuda" : "cpu");
}

}  // namespace calotype
