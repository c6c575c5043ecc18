#include "depth/depth_estimate.h"

#include <array>
#include <vector>

#include "calotype/types/aten.h"

namespace calotype {

void DepthEstimate::describe(Describe<DepthEstimate>& d) {
  d.summary("Estimate how near each point of a picture is.");
  d.input("image", &Inputs::image, "RGB picture of any size.");
  d.input("depth_model", &Inputs::depth_model, "From LoadDepthModel.");
  d.output(
      "depth", &Outputs::depth,
      "Relative inverse depth, 0 the farthest point of the picture, 1 the nearest; not metres.");
  d.lane(Lane::device);
}

at::Tensor normalise_depth(const at::Tensor& depth) {
  constexpr std::array<std::int64_t, 3> kPicture{1, 2, 3};
  const at::Tensor low = depth.amin(kPicture, /*keepdim=*/true);
  const at::Tensor range = depth.amax(kPicture, /*keepdim=*/true).sub_(low);
  // Where the range is 0 so is the difference: any divisor will do.
  return depth.sub(low).div_(at::where(range > 0, range, at::ones_like(range)));
}

DepthEstimate::Outputs DepthEstimate::run(const Inputs& in, const Params&, RunContext& context) {
  const at::Tensor& pixels = in.image.pixels;
  if (pixels.dim() != 4 || pixels.size(1) != 3 || pixels.numel() == 0) {
    throw Error(ErrorCode::run,
                "the image must have the shape [B, 3, H, W], got " + c10::str(pixels.sizes()));
  }
  std::vector<at::Tensor> estimates;
  for (const at::Tensor& picture : pixels.split(1)) {
    context.check_cancelled();
    estimates.push_back(in.depth_model->estimate(picture));
    context.progress(static_cast<std::int64_t>(estimates.size()), pixels.size(0));
  }
  const at::Tensor estimate = at::cat(estimates);
  const at::Tensor values = in.depth_model->resize(estimate, pixels.size(2), pixels.size(3));
  return {{.values = normalise_depth(values), .estimate = estimate}};
}

}  // namespace calotype
