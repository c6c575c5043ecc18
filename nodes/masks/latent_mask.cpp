#include "masks/latent_mask.h"

#include <fmt/format.h>

#include "calotype/error.h"
#include "calotype/types/aten.h"

namespace calotype {

at::Tensor latent_mask(const at::Tensor& alpha, std::int64_t height, std::int64_t width) {
  const std::int64_t h = alpha.size(2);
  const std::int64_t w = alpha.size(3);
  if (h % height != 0 || w % width != 0 || h / height != w / width) {
    throw Error(ErrorCode::run,
                fmt::format("the mask is {} x {} px, which is no multiple of the latent's {} x {}",
                            w, h, width, height),
                "give the mask the size of the picture, with ResizeImage if need be");
  }
  if (h == height) return alpha.to(at::kFloat);
  return at::upsample_bilinear2d(alpha.to(at::kFloat), {height, width}, false);
}

}  // namespace calotype
