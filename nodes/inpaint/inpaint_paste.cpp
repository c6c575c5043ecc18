#include "inpaint/inpaint_paste.h"

#include <fmt/format.h>

#include <algorithm>

#include "calotype/types/aten.h"
#include "masks/check_mask.h"
#include "pictures/fit.h"

namespace calotype {

namespace {

std::string px(const at::Tensor& maps) {
  return fmt::format("{} x {} px", maps.size(3), maps.size(2));
}

/// The region to paste into, or the whole picture. Checked.
Region region_of(const InpaintPaste::Inputs& in) {
  const at::Tensor& original = in.original.pixels;
  const at::Tensor& image = in.image.pixels;
  if (!in.region) {
    if (original.sizes().slice(2) != image.sizes().slice(2)) {
      throw Error(
          ErrorCode::run,
          fmt::format("the picture to paste is {}, the original {}", px(image), px(original)),
          "connect InpaintCrop's region, or resize one of them with ResizeImage");
    }
    return {0, 0, original.size(3), original.size(2)};
  }
  const Region& r = *in.region;
  if (r.left < 0 || r.top < 0 || r.width < 1 || r.height < 1 ||
      r.width > original.size(3) - r.left || r.height > original.size(2) - r.top) {
    throw Error(ErrorCode::run,
                fmt::format("the region of {} x {} px at {}, {} is not inside the original of {}",
                            r.width, r.height, r.left, r.top, px(original)),
                "give the picture that InpaintCrop was given");
  }
  return r;
}

void check_batch(std::int64_t original, std::int64_t image) {
  if (original == image || original == 1 || image == 1) return;
  throw Error(ErrorCode::run,
              fmt::format("there are {} pictures to paste for {} originals", image, original),
              "give one original, or one for each picture");
}

}  // namespace

void InpaintPaste::describe(Describe<InpaintPaste>& d) {
  d.summary("Put a repainted picture back into the original.");
  d.input("original", &Inputs::original, "The picture before.");
  d.input("image", &Inputs::image,
          "What was painted: of the original's size, or with `region` of any.");
  d.input("mask", &Inputs::mask,
          "Of the original's size: 1 shows what was painted, 0 the original.");
  d.input("region", &Inputs::region, "Where `image` belongs; the whole picture when absent.");
  d.output("image", &Outputs::image, "The original with the painted part.");
}

InpaintPaste::Outputs InpaintPaste::run(const Inputs& in, const Params&, RunContext&) {
  check_pair(in.original, in.mask);
  check_image(in.image);
  const Region r = region_of(in);
  check_batch(in.original.pixels.size(0), in.image.pixels.size(0));

  const auto inside = [&](const at::Tensor& maps) {
    return maps.narrow(2, r.top, r.height).narrow(3, r.left, r.width);
  };
  const at::Tensor original = in.original.pixels.to(at::kCPU, at::kFloat);
  const at::Tensor painted =
      fit(in.image.pixels.to(at::kCPU), r.height, r.width, FitMode::crop, ResampleMethod::lanczos);
  const at::Tensor alpha = inside(in.mask.alpha.to(at::kCPU, at::kFloat));
  const at::Tensor part = inside(original).lerp(painted, alpha);
  at::Tensor out = original.expand({part.size(0), -1, -1, -1}).clone();
  inside(out).copy_(part);
  return {{out}};
}

}  // namespace calotype
