#include "sampling/sample_inputs.h"

#include <string>

#include "calotype/error.h"
#include "calotype/types/aten.h"
#include "masks/latent_mask.h"
#include "sampling/finite_check.h"

namespace calotype {

namespace {

[[noreturn]] void wrong_shape(const std::string& what, const std::string& expected,
                              const at::Tensor& got, std::string hint = {}) {
  throw Error(ErrorCode::run,
              what + " must have the shape " + expected + ", got " + c10::str(got.sizes()),
              std::move(hint));
}

std::string mask_shape(std::int64_t batch) {
  std::string text = "[1";
  if (batch > 1) text.append(" or ").append(std::to_string(batch));
  return text.append(", 1, H, W]");
}

void check_noise(const Noise& noise, std::int64_t channels) {
  const at::Tensor& values = noise.values;
  if (values.dim() != 4 || values.size(1) != channels || values.numel() == 0) {
    wrong_shape("the noise", "[B, " + std::to_string(channels) + ", h, w]", values,
                "the model works on latents of " + std::to_string(channels) + " channels");
  }
  if (std::ssize(noise.seeds) != values.size(0)) {
    throw Error(ErrorCode::run, "the noise must have one seed per image: it has " +
                                    std::to_string(noise.seeds.size()) + " seeds for " +
                                    std::to_string(values.size(0)) + " images");
  }
  check_finite("the noise", values);
}

at::Tensor check_latent(const Latent& latent, const at::Tensor& noise) {
  const at::Tensor& values = latent.values;
  const bool fits = values.dim() == 4 && (values.size(0) == 1 || values.size(0) == noise.size(0)) &&
                    values.sizes().slice(1) == noise.sizes().slice(1);
  if (!fits) {
    wrong_shape("the latent", c10::str(noise.sizes()) + " of the noise", values,
                "give LatentNoise the width, height and batch of the picture");
  }
  check_finite("the latent", values);
  return values.to(noise.options()).expand_as(noise);
}

at::Tensor check_mask(const Mask& mask, const at::Tensor& noise) {
  const at::Tensor& alpha = mask.alpha;
  const bool fits = alpha.dim() == 4 && (alpha.size(0) == 1 || alpha.size(0) == noise.size(0)) &&
                    alpha.size(1) == 1 && alpha.numel() > 0;
  if (!fits) {
    wrong_shape("the mask", mask_shape(noise.size(0)), alpha);
  }
  check_finite("the mask", alpha);
  return latent_mask(alpha.to(noise.options()), noise.size(2), noise.size(3));
}

}  // namespace

SampleTensors check_inputs(const Sample::Inputs& in, const Sample::Params& p) {
  check_noise(in.noise, in.model->latent_channels());
  if (!in.latent && p.denoise < 1) {
    throw Error(ErrorCode::run, "denoise below 1 needs a latent to start from",
                "connect \"latent\", or set denoise to 1");
  }
  if (p.start_step > 0 && (!in.latent || in.mask)) {
    throw Error(ErrorCode::run,
                in.mask ? "start_step continues a noisy latent, so a mask has nothing to keep"
                        : "start_step continues a latent, and none is given",
                "connect the latent of a Sample with end_step to \"latent\", without a mask");
  }
  if (!in.latent && in.mask) {
    throw Error(ErrorCode::run, "a mask needs a latent to keep where the mask is 0",
                "connect \"latent\", or leave the mask out");
  }
  const c10::Device device = in.model->placement().device;
  SampleTensors tensors;
  tensors.noise = in.noise.values.to(device, at::kFloat);
  if (in.latent) tensors.latent = check_latent(*in.latent, tensors.noise);
  if (in.mask) tensors.mask = check_mask(*in.mask, tensors.noise);
  return tensors;
}

}  // namespace calotype
