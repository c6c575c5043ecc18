#include "unet/find_prediction.h"

#include <c10/core/InferenceMode.h>

#include "calotype/types/aten.h"

namespace calotype {

Prediction find_prediction(const UNet& unet, const UNetConfig& config, const Placement& placement) {
  const c10::InferenceMode guard;
  const auto options = at::TensorOptions().device(placement.device).dtype(placement.dtype);
  const at::Tensor x = at::full({1, config.in_channels, 8, 8}, 0.5, options);
  const at::Tensor context = at::full({1, 2, config.context_width}, 0.5, options);
  const at::Tensor timestep = at::full({1}, 999.0, options.dtype(at::kFloat));
  const at::Tensor out = unet(x, timestep, unet.prepare(context, {}, {}));
  const double change = (out.to(at::kFloat) - x.to(at::kFloat)).mean().item<double>();
  return change < -1 ? Prediction::v : Prediction::epsilon;
}

}  // namespace calotype
