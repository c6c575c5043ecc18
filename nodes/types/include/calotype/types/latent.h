#pragma once
#include <ATen/core/Tensor.h>

#include "calotype/port_type.h"

namespace calotype {

/// A latent image in model space (already multiplied by the VAE's scaling factor):
/// float32 [B, C, H/8, W/8].
struct Latent {
  at::Tensor values;
};

template <>
struct PortTraits<Latent> {
  CALOTYPE_API static const PortType& type();
};

}  // namespace calotype
