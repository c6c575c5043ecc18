#pragma once
/// The JSON settings beside diffusers weights. Only what tensor shapes cannot tell is read.
#include <filesystem>
#include <nlohmann/json_fwd.hpp>
#include <optional>

#include "calotype/types/models.h"

namespace calotype {

/// An absent file is an empty object. Throws Error(io): not JSON, not an object, above 1 MiB.
nlohmann::json read_config(const std::filesystem::path& file);

/// Each throws Error(io) for a setting that this version does not compute. `file` is for messages.
void check_unet_config(const nlohmann::json& config, const std::filesystem::path& file);
void check_text_config(const nlohmann::json& config, const std::filesystem::path& file);
void check_vae_config(const nlohmann::json& config, const std::filesystem::path& file);

/// 0.18215 when not given.
double vae_scaling(const nlohmann::json& config, const std::filesystem::path& file);
/// Of scheduler_config.json; empty when not given.
std::optional<Prediction> scheduler_prediction(const nlohmann::json& config,
                                               const std::filesystem::path& file);

}  // namespace calotype
