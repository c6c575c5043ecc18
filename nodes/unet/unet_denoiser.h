#pragma once
#include <memory>
#include <optional>

#include "checkpoint/weights.h"
#include "unet/unet_config.h"

namespace calotype {

/// A denoiser over UNet weights, of the family that `config` belongs to (see unet_family.h). Data
/// is read at the first begin(), or at the first prediction() where only the network's output
/// tells it: without `prediction` and without a usual one of the family.
DenoiserHandle make_unet_denoiser(std::shared_ptr<const Weights>, const UNetConfig& config,
                                  Placement, std::optional<Prediction> prediction);

}  // namespace calotype
