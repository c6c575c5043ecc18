#include "calotype/environment.h"

#include <fmt/format.h>

#include <cstdlib>
#include <filesystem>

namespace calotype {

std::string run_environment(std::string_view torch_version, bool torch_has_cuda) {
  const char* visible = std::getenv("CUDA_VISIBLE_DEVICES");
  const bool hidden = visible && *visible == '\0';
  // The driver's device file says as much about "auto" as libtorch would.
  const bool cuda = torch_has_cuda && !hidden && std::filesystem::exists("/dev/nvidiactl");
  return fmt::format("torch {} {}", torch_version, cuda ? "cuda" : "cpu");
}

}  // namespace calotype
