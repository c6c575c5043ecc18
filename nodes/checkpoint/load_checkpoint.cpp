#include "checkpoint/load_checkpoint.h"

#include <memory>

#include "calotype/clip_tokenizer.h"
#include "calotype/clip_vocabulary.h"
#include "checkpoint/check_networks.h"
#include "checkpoint/checkpoint_parts.h"
#include "text/clip_text_encoder.h"
#include "unet/unet_denoiser.h"
#include "vae/autoencoder_kl.h"

namespace calotype {

namespace {

Prediction prediction(PredictionChoice choice, const CheckpointParts& parts) {
  switch (choice) {
    case PredictionChoice::epsilon:
      return Prediction::epsilon;
    case PredictionChoice::v:
      return Prediction::v;
    case PredictionChoice::automatic:
      break;
  }
  return parts.prediction.value_or(Prediction::epsilon);
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

void LoadCheckpoint::describe(Describe<LoadCheckpoint>& d) {
  d.summary("Opens a Stable Diffusion 1.x checkpoint.");
  d.param("path", &Params::path,
          "A .safetensors or .ckpt file in the original layout, or a folder saved by "
          "diffusers.")
      .required()
      .file();
  d.param("dtype", &Params::dtype,
          "Number format to compute in. auto: float32 on the CPU; on CUDA "
          "float16, and bfloat16 "
          "for the VAE.");
  d.param("device", &Params::device, "auto, cpu, cuda or cuda:N. auto: CUDA when there is one.");
  d.param("family", &Params::family,
          "auto refuses models that are recognised as another family; sd1 "
          "reads them as SD 1.x.");
  d.param("prediction", &Params::prediction,
          "What the model outputs: epsilon, v, or auto: what the files say, "
          "else epsilon.");
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
  const CheckpointParts parts = open_checkpoint(p.path);
  if (p.family == FamilyChoice::automatic && parts.unet) require_sd1(*parts.unet);
  require_all_parts(parts);
  check_parts(parts);
  context.check_cancelled();
  auto tokenizer = std::make_shared<const ClipTokenizer>(
      parts.tokenizer.empty() ? clip_vocabulary_path() : parts.tokenizer);
  return {make_unet_denoiser(parts.unet, unet, prediction(p.prediction, parts), "sd1"),
          make_clip_text_encoder(parts.text_encoder, place(ModelRole::text_encoder),
                                 std::move(tokenizer)),
          make_autoencoder_kl(parts.vae, place(ModelRole::autoencoder), parts.vae_scaling)};
}

}  // namespace calotype
