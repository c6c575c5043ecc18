#pragma once
#include <ATen/core/Tensor.h>

#include <cstdint>
#include <optional>

#include "calotype/port_type.h"

namespace calotype {

/// What SDXL is told about the picture beside the text, in pixels. See the SDXL paper, 2.2.
struct PictureSizes {
  std::int64_t original_width = 1024;
  std::int64_t original_height = 1024;
  std::int64_t crop_left = 0;
  std::int64_t crop_top = 0;
  std::int64_t target_width = 1024;
  std::int64_t target_height = 1024;
};

/// What the denoiser is told about the picture. Only `context` is always there; the other members
/// are for the models that take them, and undefined or empty for the rest. Empty text is a real
/// conditioning, not "none". Tensors are float32.
struct Conditioning {
  at::Tensor context;   ///< [1, T, C]: the encoded text, T = 77 per chunk of the prompt
  at::Tensor pooled;    ///< [1, P]: the text as one vector (SDXL)
  at::Tensor channels;  ///< [1 or B, K, h, w]: joined to the latent (mask, picture, depth, ...)
  at::Tensor vector;    ///< [1 or B, V]: the whole extra vector of the model (unCLIP)
  std::optional<PictureSizes> sizes;        ///< absent: those of the picture that is made
  std::optional<double> aesthetic_score;    ///< absent: 6 when wanted, 2.5 when not (refiner)
  std::optional<std::int64_t> noise_level;  ///< of the low-resolution picture (x4 upscaler)
};

template <>
struct PortTraits<Conditioning> {
  CALOTYPE_API static const PortType& type();
};

}  // namespace calotype
