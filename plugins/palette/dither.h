#pragma once
/// Ways to spread what is lost when a picture is painted with few colours.
#include <ATen/core/Tensor.h>
#include <calotype/run_context.h>

#include <cstdint>

#include "colour_space.h"
#include "nearest_colour.h"

namespace example {

/// Error diffusion after R. Floyd and L. Steinberg, "An adaptive algorithm for spatial grayscale",
/// 1976: 7/16 of the difference goes to the next pixel of the row, 3/16, 5/16 and 1/16 to the row
/// below.
struct Diffusion {
  double strength = 1;     ///< share of the difference that is passed on, 0..1
  bool serpentine = true;  ///< every other row from right to left, against worm-like patterns
};
/// `points`: float64 [H, W, 3] contiguous in the space of `colours`. Returns the colour of each
/// pixel: int64 [H * W]. Pixel plus error is kept inside `bounds`, so that colours that the palette
/// cannot reach do not pile up errors. Throws calotype::Error(cancelled).
at::Tensor diffuse(const at::Tensor& points, const NearestColour& colours, const Bounds& bounds,
                   const Diffusion& diffusion, const calotype::RunContext& context);

/// What ordered dithering adds to each pixel: float64 [H, W, 3]. B. Bayer's 8x8 matrix ("An optimum
/// method for two-level rendition of continuous-tone pictures", 1973) along the greys of the space.
/// With `strength` 1 the values span the mean distance between a colour and its nearest neighbour,
/// which for black and white is the classic threshold.
at::Tensor ordered_offsets(std::int64_t height, std::int64_t width, const at::Tensor& colours,
                           ColourSpace space, double strength);

}  // namespace example
