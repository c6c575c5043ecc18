#pragma once
#include <ATen/core/Tensor.h>

#include <cstdint>

#include "calotype/port_type.h"

namespace calotype {

/// Pixels along a side of one place of a latent image.
inline constexpr std::int64_t kDownscale = 8;

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
