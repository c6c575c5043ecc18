#pragma once
#include <filesystem>

#include "calotype/tensor_archive.h"
#include "checkpoint/checkpoint_parts.h"

namespace calotype {

/// Sorts the tensors of a single file in the original layout. Throws Error(io) when the file has
/// none of the parts, saying what it seems to be.
CheckpointParts split_single_file(const TensorArchive& archive, std::string origin);

/// The VAE of a single file in the original layout, or of a file that holds only a VAE.
CheckpointParts split_vae_file(const TensorArchive& archive, std::string origin);

}  // namespace calotype
