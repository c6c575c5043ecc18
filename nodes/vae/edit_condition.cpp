#include "vae/edit_condition.h"

#include "calotype/types/aten.h"
#include "vae/vae_encode.h"

namespace calotype {

void EditCondition::describe(Describe<EditCondition>& d) {
  d.summary("Tell a model that edits pictures (InstructPix2Pix) which picture to edit.");
  d.input("conditioning", &Inputs::conditioning, "The instruction, from TextEncode.");
  d.input("vae", &Inputs::vae, "The autoencoder that belongs to the model.");
  d.input("image", &Inputs::image,
          "The picture; width and height must be multiples of 8, and those of the noise.");
  d.output("conditioning", &Outputs::conditioning, "The instruction with the picture.");
  d.lane(Lane::device);
}

EditCondition::Outputs EditCondition::run(const Inputs& in, const Params&, RunContext& context) {
  const Latent latent = VAEEncode::run({in.vae, in.image}, {}, context).latent;
  Conditioning out = in.conditioning;
  out.channels = latent.values / in.vae->scaling_factor();
  return {std::move(out)};
}

}  // namespace calotype
