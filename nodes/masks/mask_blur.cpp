#include "masks/mask_blur.h"

#include "calotype/types/aten.h"
#include "masks/check_mask.h"
#include "pictures/border.h"

namespace calotype {

namespace {

/// Weights of -radius..radius, sum 1.
at::Tensor gaussian(double sigma, std::int64_t radius) {
  const at::Tensor x = at::arange(-radius, radius + 1, at::kDouble);
  const at::Tensor weights = (x * x / (-2 * sigma * sigma)).exp();
  return (weights / weights.sum()).to(at::kFloat);
}

/// Along dimension 3.
at::Tensor blur_rows(const at::Tensor& x, const at::Tensor& kernel) {
  const std::int64_t radius = kernel.numel() / 2;
  const std::int64_t width = x.size(3);
  const at::Tensor wide = mirrored(x, 3, -radius, width + radius);
  return at::conv2d(wide, kernel.reshape({1, 1, 1, -1}));
}

}  // namespace

void MaskBlur::describe(Describe<MaskBlur>& d) {
  d.summary("Soften the edges of a mask.");
  d.input("mask", &Inputs::mask, "Any mask.");
  d.param("sigma", &Params::sigma,
          "Standard deviation of the Gaussian; 0 leaves the mask as it is.")
      .range(0, 1000)
      .unit("px");
  d.output("mask", &Outputs::mask, "Mask of the same size.");
}

MaskBlur::Outputs MaskBlur::run(const Inputs& in, const Params& p, RunContext&) {
  check_mask(in.mask);
  const auto radius = static_cast<std::int64_t>(2.5 * p.sigma + 0.5);
  if (radius == 0) return {in.mask};
  const at::Tensor kernel = gaussian(p.sigma, radius);
  at::Tensor x = in.mask.alpha.to(at::kCPU, at::kFloat);
  x = blur_rows(x, kernel).transpose(2, 3);
  x = blur_rows(x, kernel).transpose(2, 3);
  return {{x.clamp(0, 1).contiguous()}};
}

}  // namespace calotype
