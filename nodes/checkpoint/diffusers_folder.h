#pragma once
#include <filesystem>

#include "checkpoint/checkpoint_parts.h"

namespace calotype {

/// True when the folder has a `model_index.json`.
bool is_diffusers_folder(const std::filesystem::path& folder);

/// unet/, vae/, text_encoder/ with .safetensors weights, and what their config.json say that shapes
/// do not: heads, activation, scaling factor, prediction. Missing folders are null parts.
CheckpointParts open_diffusers_folder(const std::filesystem::path& folder);

/// One folder that holds a VAE (`vae/` of a diffusers folder, or a download of one).
CheckpointParts open_diffusers_vae(const std::filesystem::path& folder);

}  // namespace calotype
