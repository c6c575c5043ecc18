#include "checkpoint/load_checkpoint.h"

#include "checkpoint/checkpoint_parts.h"
#include "checkpoint/make_models.h"

namespace calotype {

void LoadCheckpoint::describe(Describe<LoadCheckpoint>& d) {
  d.summary("Opens a Stable Diffusion checkpoint: 1.x, 2.x, XL and the models made from them.");
  d.param("path", &Params::path,
          "A file in the original layout (.safetensors, .ckpt), or a folder saved by diffusers. A "
          ".yaml file of the same name beside it is honoured.")
      .required()
      .file()
      .companion(".yaml");
  d.param("dtype", &Params::dtype,
          "Number format to compute in. auto: float32 on the CPU; on CUDA float16, and bfloat16 "
          "for the VAE.");
  d.param("device", &Params::device, "auto, cpu, cuda or cuda:N. auto: CUDA when there is one.");
  d.param("family", &Params::family,
          "Which family of models it is. auto: told by the structure of the network.");
  d.param("prediction", &Params::prediction,
          "What the model outputs: epsilon, v, or auto: what the files say, else what is usual in "
          "the family, else found out with one run of the network.");
  d.output("model", &Outputs::model, "The denoising network.");
  d.output("text_encoder", &Outputs::text_encoder, "For TextEncode.");
  d.output("vae", &Outputs::vae, "For VAEEncode and VAEDecode.");
  d.lane(Lane::io);
}

LoadCheckpoint::Outputs LoadCheckpoint::run(const Inputs&, const Params& p, RunContext& context) {
  const Machine machine = this_machine();
  const auto place = [&](ModelRole role) {
    return resolve_placement(p.device, p.dtype, role, machine);
  };
  const Placement unet = place(ModelRole::denoiser);
  const CheckpointParts parts = open_checkpoint(p.path, chosen(p.family));
  require_all_parts(parts);
  context.check_cancelled();
  Outputs out{
      make_denoiser(parts, unet, chosen(p.prediction)),
      make_text_encoder(parts, place(ModelRole::text_encoder)),
      make_autoencoder({parts.vae, vae_scaling_of(parts.unet_config->family, parts.settings)},
                       place(ModelRole::autoencoder))};
  check_fit(parts.origin, *out.model, out.text_encoder, *out.vae);
  return out;
}

}  // namespace calotype
