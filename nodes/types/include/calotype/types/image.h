#pragma once
#include <ATen/core/Tensor.h>

#include "calotype/port_type.h"

namespace calotype {

/// Pictures: float32 [B, 3, H, W], RGB, 0..1, contiguous, on any device.
struct Image {
  at::Tensor pixels;
};

template <>
struct PortTraits<Image> {
  CALOTYPE_API static const PortType& type();
};

}  // namespace calotype
