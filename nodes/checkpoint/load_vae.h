#pragma once
#include <optional>
#include <string>

#include "calotype/describe.h"
#include "calotype/types/models.h"
#include "checkpoint/placement.h"

namespace calotype {

/// Node: the VAE of a checkpoint, or one that has a file or folder of its own. Names and shapes
/// are checked here; weights are read when the VAE is first used.
struct LoadVAE {
  static constexpr std::string_view kType = "LoadVAE";
  static constexpr int kVersion = 1;
  struct Inputs {};
  struct Params {
    std::string path;
    DTypeChoice dtype = DTypeChoice::automatic;
    std::string device = "auto";
    std::optional<double> scaling;
  };
  struct Outputs {
    AutoencoderHandle vae;
  };
  static void describe(Describe<LoadVAE>& d);
  static Outputs run(const Inputs&, const Params&, RunContext&);
};

}  // namespace calotype
