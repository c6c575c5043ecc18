#pragma once
/// What files of weights are that people take for checkpoints, judged by the names of their
/// tensors. Torch-free; safe to call from any thread.
#include <string_view>

#include "calotype/api.h"
#include "calotype/tensor_archive.h"

namespace calotype {

/// Name and hint are empty when the names are not known.
struct WeightsKind {
  std::string_view name;  ///< for people: "a LoRA"
  std::string_view hint;  ///< what to do about it
  /// No denoising network that this version computes is in the file, whatever else is.
  bool is_foreign = false;
};

CALOTYPE_API WeightsKind recognise_weights(const TensorArchive&);

}  // namespace calotype
