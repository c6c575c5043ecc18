#pragma once
#include <calotype/describe.h>
#include <calotype/types/image.h>

#include "colour_space.h"
#include "palette.h"

namespace example {

enum class Dither { none, floyd_steinberg, ordered };

/// Paints pictures with the colours of a palette.
struct QuantizeImage {
  static constexpr std::string_view kType = "example.QuantizeImage";
  static constexpr int kVersion = 1;

  struct Inputs {
    calotype::Image image;
    Palette palette;
  };
  struct Params {
    Dither dither = Dither::floyd_steinberg;
    double strength = 1;
    bool serpentine = true;
    ColourSpace space = ColourSpace::srgb;
  };
  struct Outputs {
    calotype::Image image;  ///< same shape, in host memory; every pixel is a colour of the palette
  };

  static void describe(calotype::Describe<QuantizeImage>& d);
  /// Throws calotype::Error(run) for an image that colour_rows refuses, Error(cancelled).
  static Outputs run(const Inputs& in, const Params& params, calotype::RunContext& context);
};

}  // namespace example

template <>
struct calotype::EnumNames<example::Dither> {
  static std::span<const std::pair<std::string_view, example::Dither>> table();
};
