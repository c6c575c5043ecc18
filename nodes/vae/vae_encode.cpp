#include "vae/vae_encode.h"

#include "calotype/types/aten.h"
#include "vae/encode_picture.h"

namespace calotype {

void VAEEncode::describe(Describe<VAEEncode>& d) {
  d.summary("Turn a picture into a latent.");
  d.input("vae", &Inputs::vae, "The autoencoder that belongs to the model.");
  d.input("image", &Inputs::image, "RGB picture; width and height must be multiples of 8.");
  d.param("seed", &Params::seed,
          "Draws the latent from the encoder's distribution, as the reference programs do; without "
          "it the mean is taken. The next pictures of a batch use seed + 1, + 2, ...");
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
  return {{encode_picture(*in.vae, in.image.pixels, p.seed, p.tile, context)}};
}

}  // namespace calotype
