#include "masks/mask_invert.h"

#include "calotype/types/aten.h"

namespace calotype {

void MaskInvert::describe(Describe<MaskInvert>& d) {
  d.summary("Exchange the changed and the kept part of a picture.");
  d.input("mask", &Inputs::mask, "Any mask.");
  d.output("mask", &Outputs::mask, "1 - mask.");
}

MaskInvert::Outputs MaskInvert::run(const Inputs& in, const Params&, RunContext&) {
  return {{1 - in.mask.alpha}};
}

}  // namespace calotype
