#pragma once
/// Names inside single-file checkpoints of the original (CompVis) layout.
#include <string>
#include <string_view>

namespace calotype {

inline constexpr std::string_view kUNetPrefix = "model.diffusion_model.";
inline constexpr std::string_view kVaePrefix = "first_stage_model.";
inline constexpr std::string_view kClipPrefix = "cond_stage_model.transformer.";

/// Each takes a name of the file and returns it without the part's prefix; empty when it belongs to
/// another part or is no weight (training state, buffers that are computed).
std::string compvis_unet_name(std::string_view name);
std::string compvis_vae_name(std::string_view name);
/// With or without the segment `text_model.`, which older files lack.
std::string compvis_text_name(std::string_view name);

/// For names without prefix, as in files that hold one part alone.
std::string bare_vae_name(std::string_view name);
std::string bare_text_name(std::string_view name);

}  // namespace calotype
