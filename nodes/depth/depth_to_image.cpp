#include "depth/depth_to_image.h"

#include "calotype/types/aten.h"
#include "depth/check_depth.h"

namespace calotype {

void DepthToImage::describe(Describe<DepthToImage>& d) {
  d.summary("Show depth as a grey picture.");
  d.input("depth", &Inputs::depth, "Relative inverse depth.");
  d.output("image", &Outputs::image, "Grey picture of the same size: white is near, black is far.");
}

DepthToImage::Outputs DepthToImage::run(const Inputs& in, const Params&, RunContext&) {
  check_depth(in.depth);
  return {{in.depth.values.expand({-1, 3, -1, -1}).contiguous()}};
}

}  // namespace calotype
