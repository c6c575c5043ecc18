#pragma once
#include <cstdint>
#include <string>
#include <string_view>

#include "calotype/describe.h"
#include "calotype/types/upscaler.h"
#include "checkpoint/placement.h"

namespace calotype {

/// Node: an upscaling network of the ESRGAN family. Names and shapes are checked here; weights are
/// read when it is first used.
struct LoadUpscaler {
  static constexpr std::string_view kType = "LoadUpscaler";
  static constexpr int kVersion = 1;

  struct Inputs {};
  struct Params {
    std::string path;
    DTypeChoice dtype = DTypeChoice::automatic;
    std::string device = "auto";
    std::int64_t tile = 0;
  };
  struct Outputs {
    UpscalerHandle upscaler;
  };

  static void describe(Describe<LoadUpscaler>& d);
  /// Throws Error(io): no weights file, a network of another kind, tensors that do not fit.
  /// Throws Error(run): a device or dtype that this machine does not have.
  static Outputs run(const Inputs&, const Params& p, RunContext&);
};

}  // namespace calotype
