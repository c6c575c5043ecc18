#pragma once
#include <filesystem>

#include "checkpoint/checkpoint_parts.h"

namespace calotype {

/// True when the folder has a `model_index.json`.
bool is_diffusers_folder(const std::filesystem::path& folder);

/// unet/, vae/, text_encoder/, text_encoder_2/, image_encoder/, image_normalizer/ and
/// depth_estimator/ (the last three in their own names), and what the JSON files say that shapes do
/// not: heads, activation, scaling factor, prediction, betas. Missing folders are null parts.
CheckpointParts open_diffusers_folder(const std::filesystem::path& folder,
                                      std::optional<ModelFamily> family);

/// One folder that holds a UNet or a VAE (`unet/`, `vae/` of a diffusers folder, or a download of
/// one), or the one in a diffusers folder, with its scheduler's settings.
CheckpointParts open_diffusers_unet(const std::filesystem::path& folder,
                                    std::optional<ModelFamily> family);
VaePart open_diffusers_vae(const std::filesystem::path& folder);

}  // namespace calotype
