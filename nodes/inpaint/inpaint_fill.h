#pragma once
#include <span>
#include <string_view>
#include <utility>

#include "calotype/describe.h"
#include "calotype/types/image.h"
#include "calotype/types/mask.h"

namespace calotype {

enum class PictureFill { original, fill };

template <>
struct EnumNames<PictureFill> {
  static std::span<const std::pair<std::string_view, PictureFill>> table();
};

/// What the masked part of a picture shows before it is encoded. LatentFill acts on the latent.
struct InpaintFill {
  static constexpr std::string_view kType = "InpaintFill";
  static constexpr int kVersion = 1;

  struct Inputs {
    Image image;
    Mask mask;
  };
  struct Params {
    PictureFill mode = PictureFill::fill;
  };
  struct Outputs {
    Image image;
  };

  static void describe(Describe<InpaintFill>& d);
  /// Throws Error(run) when picture and mask do not fit each other.
  static Outputs run(const Inputs& in, const Params& p, RunContext&);
};

}  // namespace calotype
