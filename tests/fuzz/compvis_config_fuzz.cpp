// The input is the text of a configuration file.
#include <cstdint>
#include <cstdlib>

#include "calotype/compvis_config.h"
#include "calotype/error.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace calotype;
  try {
    const CompvisConfig config =
        parse_compvis_config({reinterpret_cast<const char*>(data), size}, "f");
    if (config.scale_factor && !(*config.scale_factor > 0)) std::abort();
    if (config.in_channels && *config.in_channels < 1) std::abort();
  } catch (const Error& e) {
    if (e.code() != ErrorCode::io || e.diagnostics().size() != 1) std::abort();
  }
  return 0;
}
