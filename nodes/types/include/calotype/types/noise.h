#pragma once
#include <ATen/core/Tensor.h>

#include <cstdint>
#include <vector>

#include "calotype/port_type.h"

namespace calotype {

/// Where Gaussian noise is drawn.
enum class NoiseSource {
  cpu,     ///< torch.randn with a CPU generator (Mersenne Twister): the same on every machine
  philox,  ///< what torch.randn gives on CUDA, computed anywhere: the same on every machine
  device   ///< torch.randn on the first CUDA device; large latents depend on its model
};

/// Unit-variance Gaussian noise with what is needed to draw more of it: float32 [B, C, H/8, W/8] in
/// host memory. Image i was drawn by a generator seeded with seeds[i], so a batch equals single
/// runs. Samplers that need more noise continue each image's generator after this draw.
struct Noise {
  at::Tensor values;
  std::vector<std::uint64_t> seeds;
  NoiseSource source = NoiseSource::cpu;
};

template <>
struct PortTraits<Noise> {
  CALOTYPE_API static const PortType& type();
};

}  // namespace calotype
