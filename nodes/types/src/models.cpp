#include "calotype/types/models.h"

namespace calotype {

DenoiserRun::~DenoiserRun() = default;
Denoiser::~Denoiser() = default;
TextEncoder::~TextEncoder() = default;
Autoencoder::~Autoencoder() = default;

}  // namespace calotype
