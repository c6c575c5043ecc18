#include "vae/vae_encode.h"

#include <string>

#include "calotype/types/aten.h"
#include "vae/tiled_vae.h"

namespace calotype {

void VAEEncode::describe(Describe<VAEEncode>& d) {
  d.summary("Turn a picture into a latent.");
  d.input("vae", &Inputs::vae, "The autoencoder that belongs to the model.");
  d.input("image", &Inputs::image, "RGB picture; width and height must be multiples of 8.");
  d.param("tile", &Params::tile,
          "Side of the squares that are encoded one by one, overlapping by a quarter. 0: the whole "
          "picture at once where the memory suffices, else squares of 512.")
      .range(0, 16384)
      .multiple_of(8)
      .unit("px");
  d.output("latent", &Outputs::latent, "Latent in model space, an eighth of the size.");
  d.lane(Lane::device);
}

VAEEncode::Outputs VAEEncode::run(const Inputs& in, const Params& p, RunContext& context) {
  const at::Tensor& pixels = in.image.pixels;
  if (pixels.dim() != 4 || pixels.size(1) != 3 || pixels.numel() == 0) {
    throw Error(ErrorCode::run,
                "the image must have the shape [B, 3, H, W], got " + c10::str(pixels.sizes()));
  }
  const std::int64_t n = in.vae->downscale();
  if (pixels.size(2) % n != 0 || pixels.size(3) % n != 0) {
    throw Error(ErrorCode::run,
                "width and height of the image must be multiples of " + std::to_string(n) +
                    ", got " + std::to_string(pixels.size(3)) + " x " +
                    std::to_string(pixels.size(2)),
                "crop or resize the picture first");
  }
  context.check_cancelled();
  at::Tensor latent = encode_tiled(*in.vae, pixels, p.tile, context);
  if (!at::isfinite(latent).all().item<bool>()) {
    throw Error(ErrorCode::run, "the encoded latent is not finite",
                "load the model with dtype float32 or bfloat16");
  }
  return {{latent}};
}

}  // namespace calotype
