#pragma once
#include <memory>
#include <string>

#include "calotype/tensor_archive.h"
#include "checkpoint/checkpoint_parts.h"

namespace calotype {

/// Sorts the tensors of a single file in the original layout; those of no part (averaged weights of
/// training `model_ema.`, computed buffers, what other nodes read: `depth_model.`, `embedder.`) are
/// left out. `unet_config` stays empty. Throws Error(io) when the file has none of the parts or a
/// denoising network of another design, saying what it seems to be.
CheckpointParts split_single_file(const TensorArchive& archive, const std::string& origin);

/// The UNet or the VAE of such a file, or of a file that holds nothing else, in the original names
/// or in those of diffusers. Throws Error(io) as above.
std::shared_ptr<const Weights> find_unet(const TensorArchive& archive, const std::string& origin);
std::shared_ptr<const Weights> find_vae(const TensorArchive& archive, const std::string& origin);

/// What metadata and marker tensors say.
CheckpointSettings settings_of(const TensorArchive& archive);

}  // namespace calotype
