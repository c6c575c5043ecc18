#include "depth/depth_condition.h"

#include <string>

#include "calotype/types/aten.h"
#include "calotype/types/latent.h"
#include "depth/depth_estimate.h"

namespace calotype {

void DepthCondition::describe(Describe<DepthCondition>& d) {
  d.summary("Add depth to a conditioning, for models that take it.");
  d.input("conditioning", &Inputs::conditioning, "From TextEncode.");
  d.input(
      "depth", &Inputs::depth,
      "Of a picture with the size of the one to make; width and height must be multiples of 8.");
  d.output("conditioning", &Outputs::conditioning,
           "The same text with depth; a negative conditioning without it takes the positive's.");
}

DepthCondition::Outputs DepthCondition::run(const Inputs& in, const Params&, RunContext&) {
  const at::Tensor& values = in.depth.values;
  if (values.dim() != 4 || values.size(1) != 1 || values.numel() == 0) {
    throw Error(ErrorCode::run,
                "the depth must have the shape [B, 1, H, W], got " + c10::str(values.sizes()));
  }
  const std::int64_t height = values.size(2), width = values.size(3);
  if (height % kDownscale != 0 || width % kDownscale != 0) {
    throw Error(ErrorCode::run,
                "width and height of the depth must be multiples of " + std::to_string(kDownscale) +
                    ", got " + std::to_string(width) + " x " + std::to_string(height),
                "crop or resize the picture before DepthEstimate");
  }
  if (in.conditioning.channels.defined()) {
    throw Error(ErrorCode::run,
                "the conditioning has " + std::to_string(in.conditioning.channels.size(1)) +
                    " extra channels already, and depth models take depth alone",
                "use the conditioning of TextEncode");
  }
  const at::Tensor& source = in.depth.estimate.defined() ? in.depth.estimate : values;
  const at::Tensor small = at::upsample_bicubic2d(
      source.to(at::kFloat), {height / kDownscale, width / kDownscale}, /*align_corners=*/false);
  Outputs out{in.conditioning};
  out.conditioning.channels = normalise_depth(small).mul_(2.0).sub_(1.0);
  return out;
}

}  // namespace calotype
