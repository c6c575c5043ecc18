#pragma once
/// The parts of a Stable Diffusion checkpoint on disk, whatever its layout. Opening maps the files
/// and reads their headers; no weights.
#include <filesystem>
#include <memory>
#include <optional>
#include <string>

#include "checkpoint/weights.h"

namespace calotype {

/// Parts that the files do not have are null.
struct CheckpointParts {
  std::string origin;  ///< path as the user gave it
  std::shared_ptr<const Weights> unet, text_encoder, vae;
  std::optional<Prediction> prediction;  ///< if the files say
  double vae_scaling = 0.18215;
  std::filesystem::path tokenizer;  ///< folder with vocab.json and merges.txt; empty: none
};

/// A file of weights in the original layout (see open_weights_file) or a folder in the layout of
/// diffusers. Throws Error(io): missing, empty, a folder of another kind, a damaged file, a setting
/// in config.json that this version does not compute.
CheckpointParts open_checkpoint(const std::filesystem::path& path);

/// The VAE alone: of a checkpoint, from a file that holds only a VAE (either layout), or from the
/// folder of one. The other parts stay null. Throws as above, and when there is no VAE.
CheckpointParts open_vae(const std::filesystem::path& path);

/// Throws Error(io) that lists what is missing when a part is null.
void require_all_parts(const CheckpointParts& parts);

}  // namespace calotype
