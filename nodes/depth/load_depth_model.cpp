#include "depth/load_depth_model.h"

#include "depth/depth_files.h"
#include "depth/dpt_depth_model.h"

namespace calotype {

void LoadDepthModel::describe(Describe<LoadDepthModel>& d) {
  d.summary("Opens a network that estimates depth: DPT-Hybrid or Depth Anything.");
  d.param("path", &Params::path,
          "The authors' weights, a folder of transformers or diffusers, or a Stable Diffusion 2 "
          "depth checkpoint.")
      .required()
      .file();
  d.param("dtype", &Params::dtype, "Number format to compute in. auto: float32.");
  d.param("device", &Params::device, "auto, cpu, cuda or cuda:N. auto: CUDA when there is one.");
  d.output("depth_model", &Outputs::depth_model, "For DepthEstimate.");
  d.lane(Lane::io);
}

LoadDepthModel::Outputs LoadDepthModel::run(const Inputs&, const Params& p, RunContext&) {
  // One pass over one picture: precision costs little here.
  const DTypeChoice dtype = p.dtype == DTypeChoice::automatic ? DTypeChoice::float32 : p.dtype;
  const Placement placement =
      resolve_placement(p.device, dtype, ModelRole::autoencoder, this_machine());
  return {make_depth_model(open_depth_model(p.path), placement)};
}

}  // namespace calotype
