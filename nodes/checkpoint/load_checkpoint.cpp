#include "checkpoint/load_checkpoint.h"

<<<<<<< HEAD
=======
#include <memory>
#include <optional>

#include "calotype/clip_tokenizer.h"
#include "calotype/clip_vocabulary.h"
#include "checkpoint/check_networks.h"
>>>>>>> unet
#include "checkpoint/checkpoint_parts.h"
#include "checkpoint/make_models.h"

namespace calotype {

<<<<<<< HEAD
=======
namespace {

/// Empty: the network itself tells.
std::optional<Prediction> prediction(PredictionChoice choice, const CheckpointParts& parts) {
  switch (choice) {
    case PredictionChoice::epsilon:
      return Prediction::epsilon;
    case PredictionChoice::v:
      return Prediction::v;
    case PredictionChoice::automatic:
      break;
  }
  return parts.prediction;
}

}  // namespace

std::span<const std::pair<std::string_view, PredictionChoice>>
EnumNames<PredictionChoice>::table() {
  static constexpr std::pair<std::string_view, PredictionChoice> kTable[] = {
      {"auto", PredictionChoice::automatic},
      {"epsilon", PredictionChoice::epsilon},
      {"v", PredictionChoice::v}};
  return kTable;
}

>>>>>>> unet
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
<<<<<<< HEAD
          "What the model outputs: epsilon, v, or auto: what the files say, else what is usual in "
          "the family, else found out with one run of the network.");
=======
          "What the model outputs: epsilon, v, or auto: what the files say, else what the "
          "family was trained for.");
>>>>>>> unet
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
<<<<<<< HEAD
  Outputs out{
      make_denoiser(parts, unet, chosen(p.prediction)),
      make_text_encoder(parts, place(ModelRole::text_encoder)),
      make_autoencoder({parts.vae, vae_scaling_of(parts.unet_config->family, parts.settings)},
                       place(ModelRole::autoencoder))};
  check_fit(parts.origin, *out.model, out.text_encoder, *out.vae);
  return out;
=======
  auto tokenizer = std::make_shared<const ClipTokenizer>(
      parts.tokenizer.empty() ? clip_vocabulary_path() : parts.tokenizer);
  return {make_unet_denoiser(parts.unet, UNetConfig::detect(*parts.unet), unet,
                             prediction(p.prediction, parts)),
          make_clip_text_encoder(parts.text_encoder, place(ModelRole::text_encoder),
                                 std::move(tokenizer)),
          make_autoencoder_kl(parts.vae, place(ModelRole::autoencoder), parts.vae_scaling)};
>>>>>>> unet
}

}  // namespace calotype
