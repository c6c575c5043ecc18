#include "checkpoint/diffusers_config.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>
#include <string>
#include <system_error>

#include "calotype/error.h"
#include "checkpoint/json_file.h"

namespace calotype {

namespace {

using Json = nlohmann::json;
using Path = std::filesystem::path;

constexpr std::size_t kMaxConfig = 1 << 20;

std::string shown(const Json& value) {
  return value.dump(-1, ' ', false, Json::error_handler_t::replace).substr(0, 80);
}

[[noreturn]] void refuse(const Path& file, std::string_view key, const Json& expected,
                         const Json& found) {
  throw Error(ErrorCode::io, fmt::format("{}: {} is {}: this version computes {}", file.string(),
                                         quote(key), shown(found), shown(expected)));
}

/// Null when absent.
const Json& value_of(const Json& config, const char* key) {
  static const Json kNull;
  const auto it = config.find(key);
  return it == config.end() ? kNull : *it;
}

void expect(const Json& config, const Path& file, const char* key, const Json& expected) {
  const Json& found = value_of(config, key);
  if (!found.is_null() && found != expected) refuse(file, key, expected, found);
}

[[noreturn]] void wants(const Path& file, const char* key, const Json& found,
                        std::string_view expected) {
  throw Error(ErrorCode::io, fmt::format("{}: \"{}\" is {}: expected {}", file.string(), key,
                                         shown(found), expected));
}

std::optional<double> number(const Json& config, const Path& file, const char* key, double limit,
                             std::string_view expected) {
  const Json& found = value_of(config, key);
  if (found.is_null()) return std::nullopt;
  const double value = found.is_number() ? found.get<double>() : 0;
  if (!(value > 0) || !(value < limit)) wants(file, key, found, expected);
  return value;
}

std::optional<bool> flag(const Json& config, const Path& file, const char* key) {
  const Json& found = value_of(config, key);
  if (found.is_null()) return std::nullopt;
  if (!found.is_boolean()) wants(file, key, found, "true or false");
  return found.get<bool>();
}

bool attends(const UNetLevel& level) {
  return std::ranges::any_of(level.down, [](std::int64_t blocks) { return blocks > 0; });
}

/// One value for all levels, or a list with one for each; levels without attention do not count,
/// but the last one does where its value is that of the middle block as well.
void expect_of_levels(const Json& config, const Path& file, const char* key,
                      const UNetConfig& network, bool last_is_middle,
                      Json (*of)(const UNetLevel&)) {
  const Json& found = value_of(config, key);
  if (found.is_null()) return;
  const auto& levels = network.levels;
  if (found.is_array() && found.size() != levels.size()) {
    wants(file, key, found, fmt::format("one value or {}", levels.size()));
  }
  Json expected = Json::array();
  for (const UNetLevel& level : levels) expected.push_back(of(level));
  for (std::size_t i = 0; i < levels.size(); ++i) {
    const Json& said = found.is_array() ? found[i] : found;
    const bool counts = attends(levels[i]) || (last_is_middle && i + 1 == levels.size());
    if (counts && said != expected[i]) refuse(file, key, expected, found);
  }
}

}  // namespace

Json read_config(const Path& file) {
  std::error_code code;
  if (!std::filesystem::exists(file, code)) return Json::object();
  return read_json_object(file, kMaxConfig);
}

void expect_settings(const Json& config, const Path& file, ExpectedSettings expected) {
  for (const auto& [key, value] : expected) expect(config, file, key, value);
}

void check_unet_config(const Json& config, const Path& file, const UNetConfig& network) {
  const char* heads = value_of(config, "num_attention_heads").is_null() ? "attention_head_dim"
                                                                        : "num_attention_heads";
  expect_of_levels(config, file, heads, network, true,
                   [](const UNetLevel& level) { return Json(level.heads); });
  expect_of_levels(config, file, "only_cross_attention", network, false,
                   [](const UNetLevel& level) { return Json(!level.self_attention); });
  expect_settings(config, file,
                  {{"norm_num_groups", 32},
                   {"norm_eps", 1e-5},
                   {"act_fn", "silu"},
                   {"center_input_sample", false},
                   {"flip_sin_to_cos", true},
                   {"freq_shift", 0},
                   {"downsample_padding", 1},
                   {"mid_block_scale_factor", 1},
                   {"mid_block_only_cross_attention", false},
                   {"resnet_time_scale_shift", "default"},
                   {"time_embedding_type", "positional"},
                   {"time_embedding_act_fn", nullptr},
                   {"timestep_post_act", nullptr},
                   {"class_embed_type", "projection"},
                   {"addition_embed_type", "text_time"},
                   {"addition_time_embed_dim", kNumberWidth}});
}

void check_text_config(const Json& config, const Path& file, const char* activation) {
  const Json& found = value_of(config, "hidden_act");
  const Json said = found.is_null() ? Json("quick_gelu") : found;
  if (!config.empty() && said != activation) refuse(file, "hidden_act", activation, said);
  expect(config, file, "layer_norm_eps", 1e-5);
  // Heads are 64 wide.
  const Json& width = value_of(config, "hidden_size");
  if (width.is_number_integer()) {
    expect(config, file, "num_attention_heads",
           std::max<std::int64_t>(1, width.get<std::int64_t>() / 64));
  }
}

void check_vae_config(const Json& config, const Path& file) {
  expect_settings(config, file,
                  {{"norm_num_groups", 32},
                   {"act_fn", "silu"},
                   {"shift_factor", nullptr},
                   {"latents_mean", nullptr},
                   {"latents_std", nullptr}});
}

std::optional<double> vae_scaling(const Json& config, const Path& file) {
  return number(config, file, "scaling_factor", HUGE_VAL, "a positive number");
}

std::optional<bool> zero_empty_text(const Json& config, const Path& file) {
  expect(config, file, "is_cosxl_edit", false);
  return flag(config, file, "force_zeros_for_empty_prompt");
}

CheckpointSettings scheduler_settings(const Json& config, const Path& file) {
  const Json& name = value_of(config, "_class_name");
  if (name.is_string()) {
    const auto& text = name.get_ref<const std::string&>();
    if (text.find("FlowMatch") != std::string::npos || text.starts_with("EDM")) {
      wants(file, "_class_name", name, "a scheduler of discrete timesteps");
    }
  }
  // How steps are spaced and taken is the graph's to say.
  expect_settings(config, file,
                  {{"num_train_timesteps", 1000},
                   {"beta_schedule", "scaled_linear"},
                   {"trained_betas", nullptr},
                   {"timestep_type", "discrete"},
                   {"use_flow_sigmas", false},
                   {"thresholding", false}});
  CheckpointSettings settings;
  settings.first_beta = number(config, file, "beta_start", 1, "a number in 0..1");
  settings.last_beta = number(config, file, "beta_end", 1, "a number in 0..1");
  settings.zero_terminal_snr = flag(config, file, "rescale_betas_zero_snr");
  const Json& prediction = value_of(config, "prediction_type");
  if (prediction == "epsilon") {
    settings.prediction = Prediction::epsilon;
  } else if (prediction == "v_prediction") {
    settings.prediction = Prediction::v;
  } else if (!prediction.is_null()) {
    wants(file, "prediction_type", prediction, "\"epsilon\" or \"v_prediction\"");
  }
  return settings;
}

}  // namespace calotype
