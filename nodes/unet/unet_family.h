#pragma once
/// What is known of the published denoising networks beside their sizes: what they predict, on
/// which schedule they were trained, what their extra vector is made of.
#include <ATen/core/Tensor.h>

#include <cstdint>
#include <optional>
#include <string>

#include "calotype/types/models.h"
#include "unet/unet_config.h"

namespace calotype {

enum class UNetFamily { sd1, sd2, x4_upscaler, unclip, sdxl_base, sdxl_refiner };

/// A table of noise levels: x4 upscaler. An extra vector: SDXL where the first level has no
/// transformers (base where the last one has, else refiner), otherwise unCLIP. Without either:
/// SD 2.x where the transformers' projections are linear, SD 1.x where they are convolutions.
/// Widths do not count, so that small networks of a family belong to it.
UNetFamily family_of(const UNetConfig&);

/// "SD 1.x", "SD 2.x inpainting", "SDXL base", "the x4 upscaler": for people.
std::string family_name(const UNetConfig&);

/// What networks of these sizes were trained to predict. Empty for SD 2.x from text: both were
/// published.
std::optional<Prediction> usual_prediction(const UNetConfig&);

VectorKind vector_kind(UNetFamily);

/// Cumulative products of (1 - beta) of the training: float64 [1000] in host memory. The roots of
/// beta rise linearly, from sqrt(0.0001) to sqrt(0.02) for the x4 upscaler, from sqrt(0.00085) to
/// sqrt(0.012) for the others.
at::Tensor training_alphas_cumprod(UNetFamily);

}  // namespace calotype
