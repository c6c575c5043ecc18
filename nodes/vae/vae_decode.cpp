#include "vae/vae_decode.h"

#include <string>

#include "calotype/types/aten.h"
#include "vae/tiled_vae.h"

namespace calotype {

void VAEDecode::describe(Describe<VAEDecode>& d) {
  d.summary("Turn a latent into a picture.");
  d.input("vae", &Inputs::vae, "The autoencoder that belongs to the model.");
  d.input("latent", &Inputs::latent, "Latent in model space.");
  d.param("tile", &Params::tile,
          "Side of the squares that are decoded one by one, overlapping by a quarter. 0: the whole "
          "picture at once where the memory suffices, else squares of 512.")
      .range(0, 16384)
      .multiple_of(8)
      .unit("px");
  d.output("image", &Outputs::image, "RGB picture, values 0..1.");
  d.lane(Lane::device);
}

VAEDecode::Outputs VAEDecode::run(const Inputs& in, const Params& p, RunContext& context) {
  const at::Tensor& latent = in.latent.values;
  const std::int64_t channels = in.vae->latent_channels();
  if (latent.dim() != 4 || latent.size(1) != channels || latent.numel() == 0) {
    throw Error(ErrorCode::run, "the latent must have the shape [B, " + std::to_string(channels) +
                                    ", h, w], got " + c10::str(latent.sizes()));
  }
  context.check_cancelled();
  at::Tensor pixels = decode_tiled(*in.vae, latent, p.tile, context);
  if (!at::isfinite(pixels).all().item<bool>()) {
    throw Error(ErrorCode::run, "the decoded picture is not finite",
                "load the model with dtype float32 or bfloat16");
  }
  return {{pixels.contiguous()}};
}

}  // namespace calotype
