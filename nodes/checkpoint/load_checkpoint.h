#pragma once
#include <string>

#include "calotype/describe.h"
#include "calotype/types/models.h"
#include "checkpoint/model_choices.h"
#include "checkpoint/placement.h"

namespace calotype {

/// Node: a whole checkpoint of any family. Names and shapes of all parts are checked here; weights
/// are read when a part is first used.
struct LoadCheckpoint {
  static constexpr std::string_view kType = "LoadCheckpoint";
  static constexpr int kVersion = 2;
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
    TextEncoderHandle text_encoder;
    AutoencoderHandle vae;
  };
  static void describe(Describe<LoadCheckpoint>& d);
  static Outputs run(const Inputs&, const Params&, RunContext&);
};

}  // namespace calotype
