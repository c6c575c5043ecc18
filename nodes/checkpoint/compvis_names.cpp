#include "checkpoint/compvis_names.h"

namespace calotype {

namespace {

/// The rest of `name` after `prefix`; empty when it begins otherwise.
std::string_view after(std::string_view name, std::string_view prefix) {
  return name.starts_with(prefix) ? name.substr(prefix.size()) : std::string_view();
}

}  // namespace

std::string compvis_unet_name(std::string_view name) {
  return std::string(after(name, kUNetPrefix));
}

std::string compvis_vae_name(std::string_view name) {
  return bare_vae_name(after(name, kVaePrefix));
}

std::string compvis_text_name(std::string_view name) {
  return bare_text_name(after(name, kClipPrefix));
}

std::string bare_vae_name(std::string_view name) {
  for (const std::string_view prefix : {"loss.", "model_ema.", "discriminator."}) {
    if (name.starts_with(prefix)) return {};
  }
  return std::string(name);
}

std::string bare_text_name(std::string_view name) {
  constexpr std::string_view kSegment = "text_model.";
  if (name.starts_with(kSegment)) name.remove_prefix(kSegment.size());
  // Computed, or parts of CLIP that image generation does not use.
  for (const std::string_view unused :
       {"embeddings.position_ids", "logit_scale", "text_projection", "text_projection.weight"}) {
    if (name == unused) return {};
  }
  return std::string(name);
}

}  // namespace calotype
