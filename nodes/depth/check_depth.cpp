#include "depth/check_depth.h"

#include "calotype/types/aten.h"

namespace calotype {

void check_depth(const DepthMap& depth) {
  const at::Tensor& values = depth.values;
  if (values.dim() != 4 || values.size(1) != 1 || values.numel() == 0) {
    throw Error(ErrorCode::run,
                "the depth must have the shape [B, 1, H, W], got " + c10::str(values.sizes()));
  }
  if (!at::isfinite(values).all().item<bool>()) {
    throw Error(ErrorCode::run, "the depth has values that are not finite",
                "look at what made it: a model in float16, or a file");
  }
}

}  // namespace calotype
