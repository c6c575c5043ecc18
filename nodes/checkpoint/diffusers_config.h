#pragma once
/// The JSON settings beside diffusers weights. Only what tensor shapes cannot tell is read.
#include <filesystem>
#include <initializer_list>
#include <nlohmann/json_fwd.hpp>
#include <utility>

#include "checkpoint/checkpoint_settings.h"
#include "unet/unet_config.h"

namespace calotype {

/// An absent file is an empty object. Throws Error(io): not JSON, not an object, above 1 MiB.
nlohmann::json read_config(const std::filesystem::path& file);

/// Names of settings, and the value that this version computes.
using ExpectedSettings = std::initializer_list<std::pair<const char*, nlohmann::json>>;

/// Each throws Error(io) for a setting that this version does not compute. Absent ones and null are
/// fine: the defaults of diffusers and transformers are computed. `file` is for messages. Only what
/// leaves names and shapes of the weights as they are needs to be looked at.
void expect_settings(const nlohmann::json& config, const std::filesystem::path& file,
                     ExpectedSettings expected);
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
/// Of model_index.json; empty when not given. Throws Error(io) for a pipeline of other guidance.
std::optional<bool> zero_empty_text(const nlohmann::json& config,
                                    const std::filesystem::path& file);
/// Of scheduler_config.json: prediction, betas, zero_terminal_snr. Throws Error(io) for a schedule
/// that this version does not compute.
CheckpointSettings scheduler_settings(const nlohmann::json& config,
                                      const std::filesystem::path& file);

}  // namespace calotype
