#pragma once
#include <string_view>

#include "calotype/describe.h"
#include "calotype/types/depth.h"
#include "calotype/types/image.h"

namespace calotype {

/// Depth as a grey picture: white is near.
struct DepthToImage {
  static constexpr std::string_view kType = "DepthToImage";
  static constexpr int kVersion = 1;

  struct Inputs {
    DepthMap depth;
  };
  struct Params {};
  struct Outputs {
    Image image;
  };

  static void describe(Describe<DepthToImage>& d);
  static Outputs run(const Inputs& in, const Params&, RunContext&);
};

}  // namespace calotype
