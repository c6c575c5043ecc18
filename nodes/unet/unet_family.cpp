#include "unet/unet_family.h"

namespace calotype {

std::optional<Prediction> usual_prediction(const ModelKind& kind) {
  switch (kind.family) {
    case ModelFamily::x4_upscaler:
    case ModelFamily::unclip:
      return Prediction::v;
    case ModelFamily::sd2:
      if (kind.in_channels == 4) return std::nullopt;
      return Prediction::epsilon;
    default:
      return Prediction::epsilon;
  }
}

VectorKind vector_kind(ModelFamily family) {
  switch (family) {
    case ModelFamily::x4_upscaler:
      return VectorKind::noise_level;
    case ModelFamily::unclip:
      return VectorKind::image;
    case ModelFamily::sdxl:
      return VectorKind::sdxl;
    case ModelFamily::sdxl_refiner:
      return VectorKind::sdxl_refiner;
    default:
      return VectorKind::none;
  }
}

}  // namespace calotype
