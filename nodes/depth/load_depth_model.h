#pragma once
#include <string>
#include <string_view>

#include "calotype/describe.h"
#include "calotype/types/depth.h"
#include "checkpoint/placement.h"

namespace calotype {

/// Node: a network that estimates depth. Names and shapes are checked here; weights are read when
/// it is first used.
struct LoadDepthModel {
  static constexpr std::string_view kType = "LoadDepthModel";
  static constexpr int kVersion = 1;

  struct Inputs {};
  struct Params {
    std::string path;
    DTypeChoice dtype = DTypeChoice::automatic;
    std::string device = "auto";
  };
  struct Outputs {
    DepthModelHandle depth_model;
  };

  static void describe(Describe<LoadDepthModel>& d);
  /// Throws Error(io) as open_depth_model does, Error(run) as resolve_placement does.
  static Outputs run(const Inputs&, const Params&, RunContext&);
};

}  // namespace calotype
