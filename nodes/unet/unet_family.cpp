#include "unet/unet_family.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "calotype/types/aten.h"

namespace calotype {

namespace {

bool has_transformers(const UNetLevel& level) {
  return std::ranges::any_of(level.down, [](std::int64_t blocks) { return blocks > 0; });
}

std::string with_channels(std::string name, std::int64_t channels) {
  switch (channels) {
    case 4:
      return name;
    case 5:
      return name + " depth";
    case 8:
      return name + " InstructPix2Pix";
    case 9:
      return name + " inpainting";
    default:
      return fmt::format("{} with {} input channels", name, channels);
  }
}

at::Tensor scaled_linear(double first, double last) {
  const auto roots = at::linspace(std::sqrt(first), std::sqrt(last), 1000, at::kDouble);
  return (1.0 - roots.square()).cumprod(0);
}

}  // namespace

UNetFamily family_of(const UNetConfig& config) {
  if (config.noise_levels > 0) return UNetFamily::x4_upscaler;
  if (config.vector_width == 0) {
    return config.linear_projections ? UNetFamily::sd2 : UNetFamily::sd1;
  }
  if (has_transformers(config.levels.front())) return UNetFamily::unclip;
  return has_transformers(config.levels.back()) ? UNetFamily::sdxl_base : UNetFamily::sdxl_refiner;
}

std::string family_name(const UNetConfig& config) {
  const std::int64_t channels = config.in_channels;
  switch (family_of(config)) {
    case UNetFamily::sd1:
      return with_channels("SD 1.x", channels);
    case UNetFamily::sd2:
      return with_channels("SD 2.x", channels);
    case UNetFamily::x4_upscaler:
      return "the x4 upscaler";
    case UNetFamily::unclip:
      return with_channels("SD 2.x unCLIP", channels);
    case UNetFamily::sdxl_base:
      return with_channels(channels == 4 ? "SDXL base" : "SDXL", channels);
    case UNetFamily::sdxl_refiner:
      return with_channels("SDXL refiner", channels);
  }
  return {};
}

std::optional<Prediction> usual_prediction(const UNetConfig& config) {
  switch (family_of(config)) {
    case UNetFamily::x4_upscaler:
    case UNetFamily::unclip:
      return Prediction::v;
    case UNetFamily::sd2:
      if (config.in_channels == config.out_channels) return std::nullopt;
      return Prediction::epsilon;
    default:
      return Prediction::epsilon;
  }
}

VectorKind vector_kind(UNetFamily family) {
  switch (family) {
    case UNetFamily::x4_upscaler:
      return VectorKind::noise_level;
    case UNetFamily::unclip:
      return VectorKind::image;
    case UNetFamily::sdxl_base:
      return VectorKind::sdxl;
    case UNetFamily::sdxl_refiner:
      return VectorKind::sdxl_refiner;
    default:
      return VectorKind::none;
  }
}

at::Tensor training_alphas_cumprod(UNetFamily family) {
  return family == UNetFamily::x4_upscaler ? scaled_linear(0.0001, 0.02)
                                           : scaled_linear(0.00085, 0.012);
}

}  // namespace calotype
