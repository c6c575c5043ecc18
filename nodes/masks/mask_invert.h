#pragma once
#include <string_view>

#include "calotype/describe.h"
#include "calotype/types/mask.h"

namespace calotype {

/// 1 - mask: what was kept is changed, and the reverse.
struct MaskInvert {
  static constexpr std::string_view kType = "MaskInvert";
  static constexpr int kVersion = 1;

  struct Inputs {
    Mask mask;
  };
  struct Params {};
  struct Outputs {
    Mask mask;
  };

  static void describe(Describe<MaskInvert>& d);
  static Outputs run(const Inputs& in, const Params&, RunContext&);
};

}  // namespace calotype
