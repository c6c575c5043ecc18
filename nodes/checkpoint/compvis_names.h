#pragma once
/// Names inside single-file checkpoints of the original (CompVis, Stability AI) layouts.
#include <string>
#include <string_view>

namespace calotype {

inline constexpr std::string_view kUNetPrefix = "model.diffusion_model.";
inline constexpr std::string_view kVaePrefix = "first_stage_model.";
inline constexpr std::string_view kSecondTextPrefix = "conditioner.embedders.1.model.";
inline constexpr std::string_view kImageEncoderPrefix = "embedder.model.";
inline constexpr std::string_view kNoiseAugmentorPrefix = "noise_augmentor.";
inline constexpr std::string_view kDepthPrefix = "depth_model.model.";

/// The rest of `name`; empty when it begins otherwise.
std::string after_prefix(std::string_view name, std::string_view prefix);

/// Of the first or only text encoder, in SD 1.x and 2.x (`cond_stage_model.`) or SDXL and files in
/// its manner (`conditioner.embedders.0.`); empty for names of other parts.
std::string compvis_text_name(std::string_view name);

/// Without prefix; empty for other parts and for training state.
std::string compvis_vae_name(std::string_view name);
/// For files that hold a VAE alone.
std::string bare_vae_name(std::string_view name);

}  // namespace calotype
