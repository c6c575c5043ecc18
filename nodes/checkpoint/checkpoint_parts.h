#pragma once
/// The parts of a Stable Diffusion checkpoint on disk, whatever its layout. Opening maps the files
/// and reads their headers; no weights.
#include <filesystem>
#include <memory>
#include <optional>
#include <string>

#include "checkpoint/checkpoint_settings.h"
#include "checkpoint/weights.h"
#include "unet/unet_config.h"

namespace calotype {

/// Parts that the files do not have are null.
struct CheckpointParts {
  std::string origin;  ///< path as the user gave it
  std::shared_ptr<const Weights> unet, vae;
  std::optional<UNetConfig> unet_config;  ///< where there is a unet
  /// Without the part's prefix, in the names of transformers or of OpenCLIP. The second one is
  /// there in SDXL, and in folders of its refiner.
  std::shared_ptr<const Weights> text_encoder, text_encoder_2;
  /// unCLIP: OpenCLIP's image tower; mean and deviation of its embeddings.
  std::shared_ptr<const Weights> image_encoder, noise_augmentor;
  std::shared_ptr<const Weights> depth_model;  ///< of depth checkpoints
  CheckpointSettings settings;
  std::filesystem::path tokenizer;  ///< folder with vocab.json and merges.txt; empty: none
};

/// A file of weights in the original layout (see open_weights_file), with the configuration beside
/// it if there is one, or a folder in the layout of diffusers. `family`: what the user says it is;
/// empty: told by the UNet's structure. Throws Error(io): missing, empty, a folder of another kind,
/// a damaged file, a UNet of another design, a setting that this version does not compute.
CheckpointParts open_checkpoint(const std::filesystem::path& path,
                                std::optional<ModelFamily> family = {});

/// The UNet alone: of a checkpoint, from a file that holds only a UNet (either layout, with or
/// without prefix), or from the folder of one. The other parts stay null. Throws as above, and when
/// there is no UNet.
CheckpointParts open_denoiser(const std::filesystem::path& path,
                              std::optional<ModelFamily> family = {});

/// A VAE and the factor of its latents.
struct VaePart {
  std::shared_ptr<const Weights> weights;
  double scaling = 0.18215;
};

/// The VAE alone: of a checkpoint, from a file that holds only a VAE (either layout), or from the
/// folder of one. The factor is what the files say, else that of the checkpoint's family; of a VAE
/// that stands alone 0.08333 where pictures shrink by 4, else 0.18215. Throws as above, and when
/// there is no VAE.
VaePart open_vae(const std::filesystem::path& path);

/// Throws Error(io) that lists what is missing when the UNet, the VAE or a text encoder is null.
void require_all_parts(const CheckpointParts& parts);

}  // namespace calotype
