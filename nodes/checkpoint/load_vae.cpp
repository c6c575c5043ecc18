#include "checkpoint/load_vae.h"

#include "checkpoint/check_networks.h"
#include "checkpoint/checkpoint_parts.h"
#include "vae/autoencoder_kl.h"

namespace calotype {

void LoadVAE::describe(Describe<LoadVAE>& d) {
  d.summary("Opens a VAE, to use instead of the one in a checkpoint.");
  d.param("path", &Params::path,
          "A .safetensors or .ckpt file that is or holds a VAE, or a folder saved by "
          "diffusers.")
      .required()
      .file();
  d.param("dtype", &Params::dtype,
          "Number format to compute in. auto: float32 on the CPU, bfloat16 on "
          "CUDA.");
  d.param("device", &Params::device, "auto, cpu, cuda or cuda:N. auto: CUDA when there is one.");
  d.output("vae", &Outputs::vae, "For VAEEncode and VAEDecode.");
  d.lane(Lane::io);
}

LoadVAE::Outputs LoadVAE::run(const Inputs&, const Params& p, RunContext&) {
  const Placement placement =
      resolve_placement(p.device, p.dtype, ModelRole::autoencoder, this_machine());
  const CheckpointParts parts = open_vae(p.path);
  check_vae(*parts.vae);
  return {make_autoencoder_kl(parts.vae, placement, parts.vae_scaling)};
}

}  // namespace calotype
