#pragma once
/// What is known of the published denoising networks beside their sizes.
#include <optional>

#include "calotype/types/models.h"
#include "unet/unet_config.h"

namespace calotype {

/// What networks of this kind were trained to predict. Empty for SD 2.x from text: both were
/// published.
std::optional<Prediction> usual_prediction(const ModelKind&);

/// What their extra vector is made of.
VectorKind vector_kind(ModelFamily);

}  // namespace calotype
