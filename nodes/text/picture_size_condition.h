#pragma once
#include <cstdint>
#include <optional>

#include "calotype/describe.h"
#include "calotype/types/conditioning.h"

namespace calotype {

/// Node: tells SDXL sizes other than those of the picture that is made, and its refiner a score
/// other than the usual ones. See Podell et al. 2023 (SDXL), arXiv 2307.01952, section 2.2.
struct PictureSizeCondition {
  static constexpr std::string_view kType = "PictureSizeCondition";
  static constexpr int kVersion = 1;
  struct Inputs {
    Conditioning conditioning;
  };
  struct Params {
    std::int64_t original_width = 1024;
    std::int64_t original_height = 1024;
    std::int64_t crop_left = 0;
    std::int64_t crop_top = 0;
    std::int64_t target_width = 1024;
    std::int64_t target_height = 1024;
    std::optional<double> aesthetic_score;
  };
  struct Outputs {
    Conditioning conditioning;
  };
  static void describe(Describe<PictureSizeCondition>& d);
  static Outputs run(const Inputs&, const Params&, RunContext&);
};

}  // namespace calotype
