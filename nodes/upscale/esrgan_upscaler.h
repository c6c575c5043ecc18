#pragma once
#include "calotype/types/upscaler.h"
#include "upscale/upscaler_names.h"

namespace calotype {

/// An upscaler over the weights of a network of the ESRGAN family. Names and shapes are checked at
/// once (throws Error(io)); weights are read when it is first used. A picture whose sides are not
/// multiples of the network's squares is continued by reflection, as in Real-ESRGAN's program, and
/// cut again. upscale() throws Error(run) for other shapes than [B, 3, H, W].
UpscalerHandle make_esrgan_upscaler(const UpscalerWeights&, Placement, std::int64_t tile);

}  // namespace calotype
