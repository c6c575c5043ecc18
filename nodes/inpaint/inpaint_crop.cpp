#include "inpaint/inpaint_crop.h"

#include "calotype/types/aten.h"
#include "inpaint/mask_region.h"
#include "masks/check_mask.h"
#include "pictures/fit.h"

namespace calotype {

namespace {

/// Resampled, clamped and filled up, three float32 colours each.
constexpr double kCropBytesPerPixel = 3 * 3 * 4;

}  // namespace

void InpaintCrop::describe(Describe<InpaintCrop>& d) {
  d.summary("Cut out and enlarge the masked part of a picture.");
  d.input("image", &Inputs::image, "RGB picture.");
  d.input("mask", &Inputs::mask, "Mask of the picture's size.");
  d.param("width", &Params::width, "Width to work at.").range(8, 16384).multiple_of(8).unit("px");
  d.param("height", &Params::height, "Height to work at.")
      .range(8, 16384)
      .multiple_of(8)
      .unit("px");
  d.param("padding", &Params::padding, "How much of the picture around the mask is cut out too.")
      .range(0, 8192)
      .unit("px");
  d.output("image", &Outputs::image, "The masked part and what is around it.");
  d.output("mask", &Outputs::mask, "The same part of the mask.");
  d.output("region", &Outputs::region, "Where the part belongs, for InpaintPaste.");
  d.memory({"width", "height"}, kCropBytesPerPixel);
}

InpaintCrop::Outputs InpaintCrop::run(const Inputs& in, const Params& p, RunContext&) {
  check_pair(in.image, in.mask);
  const Region r = mask_region(in.mask.alpha, p.padding, p.width, p.height);
  const auto cut = [&](const at::Tensor& maps) {
    return fit(maps.narrow(2, r.top, r.height).narrow(3, r.left, r.width), p.height, p.width,
               FitMode::fill, ResampleMethod::lanczos);
  };
  return {{cut(in.image.pixels)}, {cut(in.mask.alpha)}, r};
}

}  // namespace calotype
