#include "upscale/load_upscaler.h"

#include "calotype/weights_file.h"
#include "upscale/esrgan_upscaler.h"

namespace calotype {

void LoadUpscaler::describe(Describe<LoadUpscaler>& d) {
  d.summary("Opens an upscaling network: ESRGAN, Real-ESRGAN, BSRGAN or a compact one.");
  d.param("path", &Params::path, "The file of its weights.").required().file();
  d.param("dtype", &Params::dtype,
          "Number format to compute in. auto: float32 on the CPU, float16 on CUDA.");
  d.param("device", &Params::device, "auto, cpu, cuda or cuda:N. auto: CUDA when there is one.");
  d.param("tile", &Params::tile,
          "Pictures are computed in overlapping tiles of at most this side. 0: in one piece, or in "
          "tiles when that would take more than a quarter of the memory.")
      .range(0, 65536)
      .unit("px");
  d.output("upscaler", &Outputs::upscaler, "For Upscale.");
  d.lane(Lane::io);
}

LoadUpscaler::Outputs LoadUpscaler::run(const Inputs&, const Params& p, RunContext&) {
  const Placement placement =
      resolve_placement(p.device, p.dtype, ModelRole::upscaler, this_machine());
  return {
      make_esrgan_upscaler(name_upscaler(open_weights_file(p.path), p.path), placement, p.tile)};
}

}  // namespace calotype
