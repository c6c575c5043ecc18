#include "masks/check_mask.h"

#include <fmt/format.h>

#include "calotype/error.h"
#include "calotype/types/aten.h"

namespace calotype {

void check_image(const Image& image) {
  const at::Tensor& pixels = image.pixels;
  if (pixels.dim() == 4 && pixels.size(1) == 3 && pixels.numel() > 0) return;
  throw Error(ErrorCode::run,
              "the image must have the shape [B, 3, H, W], got " + c10::str(pixels.sizes()));
}

void check_mask(const Mask& mask) {
  const at::Tensor& alpha = mask.alpha;
  if (alpha.dim() == 4 && alpha.size(1) == 1 && alpha.numel() > 0) return;
  throw Error(ErrorCode::run,
              "the mask must have the shape [B, 1, H, W], got " + c10::str(alpha.sizes()));
}

void check_pair(const Image& image, const Mask& mask) {
  check_image(image);
  check_mask(mask);
  const at::Tensor& pixels = image.pixels;
  const at::Tensor& alpha = mask.alpha;
  if (pixels.sizes().slice(2) != alpha.sizes().slice(2)) {
    throw Error(ErrorCode::run,
                fmt::format("the mask is {} x {} px, the picture {} x {} px", alpha.size(3),
                            alpha.size(2), pixels.size(3), pixels.size(2)),
                "draw the mask at the size of the picture, or resize it with ResizeImage");
  }
  if (pixels.size(0) != alpha.size(0) && pixels.size(0) != 1 && alpha.size(0) != 1) {
    throw Error(ErrorCode::run,
                fmt::format("there are {} masks for {} pictures", alpha.size(0), pixels.size(0)),
                "give one mask, or one for each picture");
  }
}

}  // namespace calotype
