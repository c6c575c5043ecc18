#pragma once
#include "calotype/types/depth.h"
#include "depth/depth_files.h"

namespace calotype {

/// A depth model over opened weights, which are read when it is first used. estimate() throws
/// Error(run) for pictures that are not [1, 3, H, W] and for results that are not finite.
DepthModelHandle make_depth_model(DepthParts parts, Placement placement);

}  // namespace calotype
