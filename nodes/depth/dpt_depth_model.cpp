#include "depth/dpt_depth_model.h"

#include <c10/core/InferenceMode.h>

#include <memory>
#include <string>
#include <utility>

#include "calotype/error.h"
#include "calotype/types/aten.h"
#include "depth/depth_network.h"
#include "layers/lazy.h"
#include "layers/weights_view.h"

namespace calotype {

namespace {

class DptDepthModel final : public DepthModel {
 public:
  DptDepthModel(DepthParts parts, Placement placement)
      : parts_(std::move(parts)), placement_(placement) {}

  std::string family() const override { return design_name(parts_.config.design); }
  Placement placement() const override { return placement_; }
  MemoryUse memory() const override { return memory_of(*parts_.weights, placement_); }

  at::Tensor estimate(const at::Tensor& pixels) const override {
    const c10::InferenceMode guard;
    if (pixels.dim() != 4 || pixels.size(0) != 1 || pixels.size(1) != 3 || pixels.numel() == 0) {
      throw Error(ErrorCode::run,
                  "the depth model takes a picture [1, 3, H, W], got " + c10::str(pixels.sizes()));
    }
    const auto network = network_.get([&] {
      return build_network<DepthNetwork>(*parts_.weights, placement_, "depth model", parts_.config);
    });
    const at::Tensor x =
        prepare_picture(parts_.preparation, pixels.to(placement_.device, at::kFloat));
    const at::Tensor depth =
        (*network)(x.to(placement_.dtype)).to(at::kFloat).contiguous(at::MemoryFormat::Contiguous);
    if (!depth.isfinite().all().item<bool>()) {
      throw Error(ErrorCode::run, "the estimated depth is not finite",
                  "load the depth model with dtype float32");
    }
    return depth;
  }

  at::Tensor resize(const at::Tensor& estimate, std::int64_t height,
                    std::int64_t width) const override {
    const c10::InferenceMode guard;
    if (parts_.resize == DepthResize::bilinear_corners) {
      return at::upsample_bilinear2d(estimate, {height, width}, /*align_corners=*/true);
    }
    return at::upsample_bicubic2d(estimate, {height, width}, /*align_corners=*/false);
  }

 private:
  DepthParts parts_;
  Placement placement_;
  Lazy<DepthNetwork> network_;
};

}  // namespace

DepthModelHandle make_depth_model(DepthParts parts, Placement placement) {
  return std::make_shared<const DptDepthModel>(std::move(parts), placement);
}

}  // namespace calotype
