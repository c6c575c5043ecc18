#pragma once
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <utility>

#include "calotype/describe.h"
#include "calotype/types/image.h"
#include "calotype/types/mask.h"

namespace calotype {

/// What the new border shows until it is painted.
enum class PadFill { edge, mirror, grey };

template <>
struct EnumNames<PadFill> {
  static std::span<const std::pair<std::string_view, PadFill>> table();
};

/// Adds a border for outpainting and makes the mask for it: 1 on the border, 0 on the picture. With
/// `feather` f the mask falls off inside the picture along the sides that have a border: at the
/// d-th row or column (from 1) it is (1 - d / (f + 1))^2.
struct PadImage {
  static constexpr std::string_view kType = "PadImage";
  static constexpr int kVersion = 1;

  struct Inputs {
    Image image;
    std::optional<Mask> mask;
  };
  struct Params {
    std::int64_t left = 0;
    std::int64_t top = 0;
    std::int64_t right = 0;
    std::int64_t bottom = 0;
    PadFill fill = PadFill::edge;
    std::int64_t feather = 0;
  };
  struct Outputs {
    Image image;
    Mask mask;
  };

  static void describe(Describe<PadImage>& d);
  /// Throws Error(run) when the image is not [B, 3, H, W], when the mask does not fit it, when no
  /// border is asked for, or one that this machine has no memory for.
  static Outputs run(const Inputs& in, const Params& p, RunContext&);
};

}  // namespace calotype
