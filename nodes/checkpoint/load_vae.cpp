#include "checkpoint/load_vae.h"

#include "checkpoint/checkpoint_parts.h"
#include "checkpoint/make_models.h"

namespace calotype {

void LoadVAE::describe(Describe<LoadVAE>& d) {
  d.summary("Opens a VAE, to use instead of the one in a checkpoint.");
  d.param("path", &Params::path,
          "A file that is or holds a VAE, the folder of one, or a folder saved by diffusers.")
      .required()
      .file()
      .companion(".yaml");
  d.param("dtype", &Params::dtype,
          "Number format to compute in. auto: float32 on the CPU, bfloat16 on CUDA.");
  d.param("device", &Params::device, "auto, cpu, cuda or cuda:N. auto: CUDA when there is one.");
  d.param("scaling", &Params::scaling,
          "Factor of its latents. Unset: what the files say, else that of the checkpoint it is in, "
          "else 0.18215 (0.08333 where pictures shrink by 4). An SDXL VAE that stands alone in a "
          "file needs 0.13025.")
      .range(0.0001, 10000);
  d.output("vae", &Outputs::vae, "For VAEEncode and VAEDecode.");
  d.lane(Lane::io);
}

LoadVAE::Outputs LoadVAE::run(const Inputs&, const Params& p, RunContext&) {
  const Placement placement =
      resolve_placement(p.device, p.dtype, ModelRole::autoencoder, this_machine());
  VaePart part = open_vae(p.path);
  part.scaling = p.scaling.value_or(part.scaling);
  return {make_autoencoder(part, placement)};
}

}  // namespace calotype
