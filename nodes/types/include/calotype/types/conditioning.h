#pragma once
#include <ATen/core/Tensor.h>

#include "calotype/port_type.h"

namespace calotype {

/// What the denoiser is told about the picture. `context`: float32 [1, T, C], T = 77 per chunk of
/// the prompt. Empty text is a real conditioning, not "none".
struct Conditioning {
  at::Tensor context;
};

template <>
struct PortTraits<Conditioning> {
  CALOTYPE_API static const PortType& type();
};

}  // namespace calotype
