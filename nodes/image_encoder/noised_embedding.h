#pragma once
#include <ATen/core/Tensor.h>

#include <cstdint>

#include "calotype/types/image_encoder.h"

namespace calotype {

inline constexpr std::int64_t kEmbeddingNoiseLevels = 1000;

/// What an unCLIP model is told about a picture: its embedding, with noise added, then sinusoids of
/// the noise level (timestep_embedding) of the same width. `embedding` and `noise`: float32 [B, W];
/// `level`: 0..999. The result is float32 [B, 2 W].
///
/// Noise is added to the embedding brought to mean 0 and deviation 1 by `statistics`, after which
/// that is undone. The schedule is the cosine schedule of 1000 steps with betas up to 0.999
/// (Nichol and Dhariwal 2021, arXiv 2102.09672, equation 17); even level 0 adds a little.
at::Tensor noised_embedding(const at::Tensor& embedding, const EmbeddingStatistics& statistics,
                            std::int64_t level, const at::Tensor& noise);

}  // namespace calotype
