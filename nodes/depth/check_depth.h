#pragma once
#include "calotype/types.h"

namespace calotype {

/// Throws Error(run) unless the values are [B, 1, H, W] with at least one, all finite.
void check_depth(const DepthMap& depth);

}  // namespace calotype
