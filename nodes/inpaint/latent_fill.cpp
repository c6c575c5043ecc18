#include "inpaint/latent_fill.h"

#include <array>

#include "calotype/types/aten.h"
#include "masks/check_mask.h"
#include "masks/latent_mask.h"

namespace calotype {

namespace {

at::Tensor content(const LatentFill::Inputs& in, LatentContent mode) {
  const at::Tensor& latent = in.latent.values;
  if (mode == LatentContent::nothing) return at::zeros_like(latent);
  if (!in.noise) {
    throw Error(ErrorCode::run, "mode \"noise\" needs noise",
                "connect \"noise\" to the LatentNoise that Sample uses");
  }
  const at::Tensor& noise = in.noise->values;
  const bool fits = noise.sizes().slice(1) == latent.sizes().slice(1) &&
                    (latent.size(0) == 1 || noise.size(0) == latent.size(0));
  if (!fits) {
    throw Error(ErrorCode::run,
                "the noise must have the shape " + c10::str(latent.sizes()) +
                    " of the latent, got " + c10::str(noise.sizes()),
                "connect LatentNoise's \"latent\" to the same latent");
  }
  return noise.to(latent.options());
}

}  // namespace

std::span<const std::pair<std::string_view, LatentContent>> EnumNames<LatentContent>::table() {
  static constexpr std::array<std::pair<std::string_view, LatentContent>, 3> kTable{
      {{"original", LatentContent::original},
       {"noise", LatentContent::noise},
       {"nothing", LatentContent::nothing}}};
  return kTable;
}

void LatentFill::describe(Describe<LatentFill>& d) {
  d.summary("Replace the masked part of a latent by noise or by nothing.");
  d.input("latent", &Inputs::latent, "The encoded picture.");
  d.input("mask", &Inputs::mask, "Mask of the picture's size, or of the latent's.");
  d.input("noise", &Inputs::noise, "The noise that Sample starts from; for mode `noise`.");
  d.param("mode", &Params::mode,
          "`noise` puts unit noise under the mask, `nothing` zeros, `original` leaves the latent "
          "as it is.");
  d.output("latent", &Outputs::latent, "Latent to sample from.");
}

LatentFill::Outputs LatentFill::run(const Inputs& in, const Params& p, RunContext&) {
  const at::Tensor& latent = in.latent.values;
  if (latent.dim() != 4 || latent.numel() == 0) {
    throw Error(ErrorCode::run,
                "the latent must have the shape [B, C, h, w], got " + c10::str(latent.sizes()));
  }
  check_mask(in.mask);
  if (p.mode == LatentContent::original) return {in.latent};
  const at::Tensor filling = content(in, p.mode);
  const at::Tensor mask =
      latent_mask(in.mask.alpha, latent.size(2), latent.size(3)).to(latent.options());
  if (mask.size(0) != 1 && mask.size(0) != filling.size(0)) {
    throw Error(ErrorCode::run,
                "there are " + std::to_string(mask.size(0)) + " masks for " +
                    std::to_string(filling.size(0)) + " latents",
                "give one mask, or one for each latent");
  }
  return {{latent.lerp(filling, mask)}};
}

}  // namespace calotype
