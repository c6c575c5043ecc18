#include "inpaint/inpaint_fill.h"

#include <array>

#include "calotype/types/aten.h"
#include "inpaint/blurred_fill.h"
#include "masks/check_mask.h"

namespace calotype {

std::span<const std::pair<std::string_view, PictureFill>> EnumNames<PictureFill>::table() {
  static constexpr std::array<std::pair<std::string_view, PictureFill>, 2> kTable{
      {{"original", PictureFill::original}, {"fill", PictureFill::fill}}};
  return kTable;
}

void InpaintFill::describe(Describe<InpaintFill>& d) {
  d.summary("Cover the masked part of a picture with the colours around it.");
  d.input("image", &Inputs::image, "RGB picture.");
  d.input("mask", &Inputs::mask, "Mask of the picture's size.");
  d.param("mode", &Params::mode,
          "`fill` spreads the colours around the mask over it, `original` leaves the picture as it "
          "is.");
  d.output("image", &Outputs::image, "Picture of the same size.");
}

InpaintFill::Outputs InpaintFill::run(const Inputs& in, const Params& p, RunContext&) {
  check_pair(in.image, in.mask);
  if (p.mode == PictureFill::original) return {in.image};
  return {{blurred_fill(in.image.pixels, in.mask.alpha)}};
}

}  // namespace calotype
