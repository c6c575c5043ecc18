#pragma once
#include <ATen/core/Tensor.h>

#include "calotype/port_type.h"

namespace calotype {

/// float32 [B, 1, H, W], 0..1; 1 = affected.
struct Mask {
  at::Tensor alpha;
};

template <>
struct PortTraits<Mask> {
  CALOTYPE_API static const PortType& type();
};

}  // namespace calotype
