#pragma once
/// From the conditionings of a graph to what a denoising network takes.
#include <ATen/core/Tensor.h>

#include <cstdint>

#include "calotype/types/conditioning.h"
#include "calotype/types/models.h"

namespace calotype {

/// A latent batch: `batch` pictures of `height` x `width` latent values.
struct LatentSize {
  std::int64_t batch = 1;
  std::int64_t height = 0;
  std::int64_t width = 0;
};

/// One side of guidance, as rows of a batch.
struct ModelInput {
  DenoiserInput conditions;
  at::Tensor channels;  ///< float32 [B, K, h, w]; undefined when the model takes no extra channels
};

enum class Side { positive, negative };

/// "positive", "negative".
const char* name_of(Side);

/// Repeats the conditioning for the batch and completes it for the model. Throws Error(run), naming
/// the model's family, when the model needs what the conditioning does not have, or the reverse.
ModelInput model_input(const Denoiser& model, const Conditioning& conditioning, Side side,
                       const LatentSize& size);

/// `negative` with what it lacks taken from `positive`: extra channels, sizes, noise level. They
/// say what the picture is, not what it shows, so they hold for both sides.
Conditioning complete_negative(const Conditioning& negative, const Conditioning& positive);

/// Rows of `first`, then rows of `second`. Both have the same number of tokens.
ModelInput join(const ModelInput& first, const ModelInput& second);

}  // namespace calotype
