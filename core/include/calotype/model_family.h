#pragma once
/// Which of the published families a denoising network belongs to, judged by the names and shapes
/// of its tensors. Torch-free; safe to call from any thread.
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "calotype/api.h"

namespace calotype {

enum class ModelFamily { sd1, sd2, unclip, x4_upscaler, sdxl, sdxl_refiner };

/// A family and what a member of it takes beside the latent.
struct ModelKind {
  ModelFamily family = ModelFamily::sd1;
  std::int64_t in_channels = 4;  ///< of the first convolution: 4 of the latent, then the extra ones
  friend bool operator==(const ModelKind&, const ModelKind&) = default;
};

/// Shape of the tensor of that name, null when there is none.
using ShapeOf = std::function<const std::vector<std::int64_t>*(std::string_view)>;

/// Names are those of the original checkpoints without their prefix (`input_blocks.0.0.weight`).
/// A table of noise levels: x4 upscaler. An extra vector: unCLIP where the first level has
/// transformers, else SDXL (where the last level has them) or its refiner. Without either: SD 2.x
/// where the transformers' projections are linear layers, SD 1.x where they are convolutions.
/// Widths do not count, so that small networks of a family belong to it. Empty: no such network.
CALOTYPE_API std::optional<ModelKind> recognise_unet(const ShapeOf&);

/// For people: "SD 1.x inpainting", "SD 2.x depth", "SDXL base", "the x4 upscaler".
CALOTYPE_API std::string to_text(const ModelKind&);

}  // namespace calotype
