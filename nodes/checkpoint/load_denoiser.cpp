#include "checkpoint/load_denoiser.h"

#include "checkpoint/checkpoint_parts.h"
#include "checkpoint/make_models.h"

namespace calotype {

void LoadDenoiser::describe(Describe<LoadDenoiser>& d) {
  d.summary("Opens a denoising network, to use instead of the one in a checkpoint.");
  d.param("path", &Params::path,
          "A file that is or holds a UNet, the folder of one, or a folder saved by diffusers. A "
          ".yaml file of the same name beside it is honoured.")
      .required()
      .file()
      .companion(".yaml");
  d.param("dtype", &Params::dtype,
          "Number format to compute in. auto: float32 on the CPU, float16 on CUDA.");
  d.param("device", &Params::device, "auto, cpu, cuda or cuda:N. auto: CUDA when there is one.");
  d.param("family", &Params::family,
          "Which family of models it is of. auto: told by the structure of the network.");
  d.param("prediction", &Params::prediction,
          "What the model outputs: epsilon, v, or auto: what the files say, else what is usual in "
          "the family, else found out with one run of the network.");
  d.output("model", &Outputs::model, "The denoising network.");
  d.lane(Lane::io);
}

LoadDenoiser::Outputs LoadDenoiser::run(const Inputs&, const Params& p, RunContext&) {
  const Placement placement =
      resolve_placement(p.device, p.dtype, ModelRole::denoiser, this_machine());
  const CheckpointParts parts = open_denoiser(p.path, chosen(p.family));
  return {make_denoiser(parts, placement, chosen(p.prediction))};
}

}  // namespace calotype
