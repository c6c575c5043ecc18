#include "checkpoint/compvis_names.h"

namespace calotype {

std::string after_prefix(std::string_view name, std::string_view prefix) {
  return name.starts_with(prefix) ? std::string(name.substr(prefix.size())) : std::string();
}

std::string compvis_text_name(std::string_view name) {
  for (const std::string_view prefix :
       {"cond_stage_model.transformer.", "cond_stage_model.model.",
        "conditioner.embedders.0.transformer.", "conditioner.embedders.0.model."}) {
    if (name.starts_with(prefix)) return after_prefix(name, prefix);
  }
  return {};
}

std::string compvis_vae_name(std::string_view name) {
  return bare_vae_name(after_prefix(name, kVaePrefix));
}

std::string bare_vae_name(std::string_view name) {
  for (const std::string_view prefix : {"loss.", "model_ema.", "discriminator."}) {
    if (name.starts_with(prefix)) return {};
  }
  return std::string(name);
}

}  // namespace calotype
