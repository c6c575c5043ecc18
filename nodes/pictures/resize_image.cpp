#include "pictures/resize_image.h"

#include "calotype/types/aten.h"
#include "masks/check_mask.h"

namespace calotype {

namespace {

/// Resampled and clamped, three float32 colours each, and a mask. Cropping takes more.
constexpr double kResizeBytesPerPixel = 2 * 3 * 4 + 4;

}  // namespace

void ResizeImage::describe(Describe<ResizeImage>& d) {
  d.summary("Give a picture another size.");
  d.input("image", &Inputs::image, "RGB picture.");
  d.input("mask", &Inputs::mask, "Resized in the same way.");
  d.param("width", &Params::width, "New width.").range(1, 16384).unit("px");
  d.param("height", &Params::height, "New height.").range(1, 16384).unit("px");
  d.param("mode", &Params::mode,
          "When the proportions differ: `stretch` the picture, `crop` what sticks out, or `fill` "
          "the borders with its edge pixels.");
  d.param("method", &Params::method, "How pixels in between are made.");
  d.output("image", &Outputs::image, "Picture of the new size.");
  d.output("mask", &Outputs::mask, "Mask of the new size; 0 everywhere without one.");
  d.memory({"width", "height"}, kResizeBytesPerPixel);
}

ResizeImage::Outputs ResizeImage::run(const Inputs& in, const Params& p, RunContext&) {
  check_image(in.image);
  if (in.mask) check_mask(*in.mask);
  const auto fitted = [&](const at::Tensor& maps) {
    return fit(maps, p.height, p.width, p.mode, p.method);
  };
  return {{fitted(in.image.pixels)},
          {in.mask ? fitted(in.mask->alpha) : at::zeros({1, 1, p.height, p.width}, at::kFloat)}};
}

}  // namespace calotype
