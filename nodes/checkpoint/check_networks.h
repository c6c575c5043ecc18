#pragma once
/// Builds networks from names and shapes alone, so that a wrong file is refused when it is opened
/// and not minutes later.
#include "checkpoint/checkpoint_parts.h"

namespace calotype {

/// Each throws Error(io): the sizes cannot be found, or tensors are missing, misshapen or unused.
void check_unet(const Weights& unet);
void check_text_encoder(const Weights& text_encoder);
void check_vae(const Weights& vae);

/// All three, and that the text encoder's vectors and the VAE's latents fit the UNet.
void check_parts(const CheckpointParts& parts);

}  // namespace calotype
