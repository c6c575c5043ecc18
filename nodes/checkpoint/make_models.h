#pragma once
/// From the parts of a checkpoint to the models that travel in a graph. Names and shapes are
/// checked here, so that a wrong file is refused when it is opened and not minutes later; data is
/// read when a model is first used.
#include <optional>

#include "calotype/types/models.h"
#include "checkpoint/checkpoint_parts.h"

namespace calotype {

/// Each throws Error(io): tensors are missing, misshapen or unused.
///
/// `prediction`: the user's word; empty: what the files say, else what is usual in the family, else
/// what the network's output shows.
DenoiserHandle make_denoiser(const CheckpointParts&, Placement, std::optional<Prediction>);
/// As the UNet's family uses its text encoders; throws also when one of SDXL's is not there.
TextEncoderHandle make_text_encoder(const CheckpointParts&, Placement);
AutoencoderHandle make_autoencoder(const VaePart&, Placement);

/// Throws Error(io) when the text encoder's vectors or the VAE's latents do not fit the denoiser.
/// `origin` is for messages.
void check_fit(const std::string& origin, const Denoiser&, const TextEncoderHandle&,
               const Autoencoder&);

}  // namespace calotype
