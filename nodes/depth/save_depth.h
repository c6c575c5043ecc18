#pragma once
#include <string>
#include <string_view>

#include "calotype/describe.h"
#include "calotype/types/depth.h"

namespace calotype {

/// Writes each depth map of a batch to a grey PNG file with 16 bits, 0 for the farthest point and
/// 65535 for the nearest, replacing files of that name. A file appears complete or not at all.
struct SaveDepth {
  static constexpr std::string_view kType = "SaveDepth";
  static constexpr int kVersion = 1;

  struct Inputs {
    DepthMap depth;
  };
  struct Params {
    std::string path;
  };
  struct Outputs {};

  static void describe(Describe<SaveDepth>& d);
  /// Throws Error(run) when `path` has no picture ending or one name for several maps; Error(io)
  /// when it does not end in .png or a file cannot be written; Error(cancelled).
  static Outputs run(const Inputs& in, const Params& p, RunContext& context);
};

}  // namespace calotype
