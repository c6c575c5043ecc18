#pragma once
#include <string>

#include "calotype/describe.h"
#include "calotype/types/models.h"
#include "checkpoint/model_choices.h"
#include "checkpoint/placement.h"

namespace calotype {

/// Node: the denoising network of a checkpoint, or one that has a file or folder of its own. Names
/// and shapes are checked here; weights are read when the network is first used.
struct LoadDenoiser {
  static constexpr std::string_view kType = "LoadDenoiser";
  static constexpr int kVersion = 1;
  struct Inputs {};
  struct Params {
    std::string path;
    DTypeChoice dtype = DTypeChoice::automatic;
    std::string device = "auto";
    FamilyChoice family = FamilyChoice::automatic;
    PredictionChoice prediction = PredictionChoice::automatic;
  };
  struct Outputs {
    DenoiserHandle model;
  };
  static void describe(Describe<LoadDenoiser>& d);
  static Outputs run(const Inputs&, const Params&, RunContext&);
};

}  // namespace calotype
