#pragma once
#include <ATen/core/Tensor.h>

#include <cstdint>

namespace calotype {

/// Sinusoids of each number, the cosines first: float32 [B, width] on the device of `timesteps`
/// [B]. Frequencies fall from 1 to almost 1/10000: exp(-ln(10000) i / (width/2)). `width` is even.
at::Tensor timestep_embedding(const at::Tensor& timesteps, std::int64_t width);

}  // namespace calotype
