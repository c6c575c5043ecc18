#pragma once
#include <span>
#include <string_view>
#include <utility>

#include "calotype/describe.h"
#include "calotype/types/image.h"
#include "calotype/types/mask.h"

namespace calotype {

enum class MaskChannel { luma, red, green, blue };

template <>
struct EnumNames<MaskChannel> {
  static std::span<const std::pair<std::string_view, MaskChannel>> table();
};

/// Reads a picture as a mask: white is changed, black is kept, grey is mixed. `luma` is
/// 0.299 R + 0.587 G + 0.114 B (ITU-R BT.601), Pillow's mode L.
struct MaskFromImage {
  static constexpr std::string_view kType = "MaskFromImage";
  static constexpr int kVersion = 1;

  struct Inputs {
    Image image;
  };
  struct Params {
    MaskChannel channel = MaskChannel::luma;
  };
  struct Outputs {
    Mask mask;
  };

  static void describe(Describe<MaskFromImage>& d);
  /// Throws Error(run) when the image is not [B, 3, H, W].
  static Outputs run(const Inputs& in, const Params& p, RunContext&);
};

}  // namespace calotype
