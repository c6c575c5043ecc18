#pragma once
#include "calotype/types/models.h"
#include "unet/unet.h"

namespace calotype {

/// What a network predicts, told by its output at the last timestep, where its input is almost
/// pure noise: a network that predicts the noise gives back its input, 0.5 everywhere; one that
/// predicts the velocity gives minus the picture it sees, far below. The probe and its limit are
/// those of A1111 (modules/sd_models_config.py). Runs the network once on 8 x 8 latent values.
Prediction find_prediction(const UNet&, const UNetConfig&, const Placement&);

}  // namespace calotype
