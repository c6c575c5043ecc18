#pragma once
/// The JSON settings beside diffusers weights. Only what tensor shapes cannot tell is read.
#include <filesystem>
#include <nlohmann/json_fwd.hpp>

#include "checkpoint/checkpoint_settings.h"
#include "unet/unet_config.h"

namespace calotype {

/// An absent file is an empty object. Throws Error(io): not JSON, not an object, above 1 MiB.
nlohmann::json read_config(const std::filesystem::path& file);

/// Each throws Error(io) for a setting that this version does not compute. `file` is for messages.
/// Heads are compared with those of `network`: diffusers' `attention_head_dim` holds their number
/// in these models, one for all levels or a list.
void check_unet_config(const nlohmann::json& config, const std::filesystem::path& file,
                       const UNetConfig& network);
/// `activation`: of the family, "quick_gelu" or "gelu".
void check_text_config(const nlohmann::json& config, const std::filesystem::path& file,
                       const char* activation);
void check_vae_config(const nlohmann::json& config, const std::filesystem::path& file);

/// Of vae/config.json; empty when not given.
std::optional<double> vae_scaling(const nlohmann::json& config, const std::filesystem::path& file);
/// Of scheduler_config.json: prediction, betas, zero_terminal_snr. Throws Error(io) for a schedule
/// that this version does not compute.
CheckpointSettings scheduler_settings(const nlohmann::json& config,
                                      const std::filesystem::path& file);

}  // namespace calotype
