#include "inpaint/inpaint_condition.h"

#include <algorithm>

#include "calotype/types/aten.h"
#include "masks/check_mask.h"
#include "vae/encode_picture.h"

namespace calotype {

void InpaintCondition::describe(Describe<InpaintCondition>& d) {
  d.summary("Tell an inpainting model what to paint and what is around it.");
  d.input("conditioning", &Inputs::conditioning, "The encoded text.");
  d.input("vae", &Inputs::vae, "The autoencoder that belongs to the model.");
  d.input("image", &Inputs::image, "RGB picture; width and height must be multiples of 8.");
  d.input("mask", &Inputs::mask, "Of the picture's size: 0.5 and above is painted.");
  d.param("seed", &Params::seed,
          "Draws the latent from the encoder's distribution, as the reference programs do; without "
          "it the mean is taken.");
  d.param("mask_weight", &Params::mask_weight,
          "How well the masked part of the picture is hidden from the model: 1 wholly, 0 not at "
          "all.")
      .range(0, 1);
  d.output("conditioning", &Outputs::conditioning, "For Sample's `positive`.");
  d.lane(Lane::device);
}

InpaintCondition::Outputs InpaintCondition::run(const Inputs& in, const Params& p,
                                                RunContext& context) {
  check_pair(in.image, in.mask);
  context.check_cancelled();
  const at::Tensor pixels = in.image.pixels.to(at::kCPU, at::kFloat);
  const at::Tensor hard = in.mask.alpha.to(at::kCPU, at::kFloat) >= 0.5;
  const at::Tensor hidden =
      at::where(hard, pixels.lerp(at::full_like(pixels, 0.5), p.mask_weight), pixels);
  const at::Tensor latent = encode_picture(*in.vae, hidden, p.seed, 0, context);
  const at::Tensor mask =
      at::upsample_nearest2d(hard.to(at::kFloat), {latent.size(2), latent.size(3)});
  Conditioning out = in.conditioning;
  out.channels =
      at::cat({mask.to(latent.options()).expand({latent.size(0), -1, -1, -1}), latent}, 1);
  return {out};
}

}  // namespace calotype
