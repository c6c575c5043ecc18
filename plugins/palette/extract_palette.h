#pragma once
#include <calotype/describe.h>
#include <calotype/types/image.h>

#include "colour_space.h"
#include "palette.h"

namespace example {

enum class PaletteMethod { median_cut, k_means };

/// The colours that stand best for those of pictures. A picture with no more colours than asked for
/// gives exactly its own.
struct ExtractPalette {
  static constexpr std::string_view kType = "example.ExtractPalette";
  static constexpr int kVersion = 1;

  struct Inputs {
    calotype::Image image;
  };
  struct Params {
    std::int64_t colours = 16;
    PaletteMethod method = PaletteMethod::k_means;
    ColourSpace space = ColourSpace::srgb;
  };
  struct Outputs {
    Palette palette;  ///< the most frequent colour first
  };

  static void describe(calotype::Describe<ExtractPalette>& d);
  /// Throws calotype::Error(run) for an image that colour_rows refuses, Error(cancelled).
  static Outputs run(const Inputs& in, const Params& params, calotype::RunContext& context);
};

}  // namespace example

template <>
struct calotype::EnumNames<example::PaletteMethod> {
  static std::span<const std::pair<std::string_view, example::PaletteMethod>> table();
};
