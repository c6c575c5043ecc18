#pragma once
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "calotype/describe.h"
#include "calotype/types/image.h"

namespace calotype {

/// Node: pictures side by side on one sheet, row by row, each with its line of `labels` above it.
struct PictureGrid {
  static constexpr std::string_view kType = "PictureGrid";
  static constexpr int kVersion = 1;

  struct Inputs {
    std::vector<Image> images;
  };
  struct Params {
    std::int64_t columns = 0;
    std::string labels;
    std::int64_t gap = 4;
    std::int64_t label_height = 24;
  };
  struct Outputs {
    Image image;  ///< [1, 3, H, W] on the CPU
  };

  static void describe(Describe<PictureGrid>& d);
  /// Throws Error(run): no pictures, sizes that differ, more labels than pictures, labels without a
  /// font on this system, a sheet that this machine has no memory for.
  static Outputs run(const Inputs& in, const Params& p, RunContext&);
};

}  // namespace calotype
