#include "masks/mask_to_image.h"

#include "calotype/types/aten.h"
#include "masks/check_mask.h"

namespace calotype {

void MaskToImage::describe(Describe<MaskToImage>& d) {
  d.summary("Show a mask as a grey picture.");
  d.input("mask", &Inputs::mask, "Any mask.");
  d.output("image", &Outputs::image, "White where the mask is 1, black where it is 0.");
}

MaskToImage::Outputs MaskToImage::run(const Inputs& in, const Params&, RunContext&) {
  check_mask(in.mask);
  return {{in.mask.alpha.expand({-1, 3, -1, -1}).contiguous()}};
}

}  // namespace calotype
