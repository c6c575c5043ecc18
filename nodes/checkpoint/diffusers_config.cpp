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

/// Absent and null are fine: the default of diffusers is `expected`.
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

bool attends(const UNetLevel& level) {
  return std::ranges::any_of(level.down, [](std::int64_t blocks) { return blocks > 0; });
}

/// One number for all levels, or a list with one for each; levels without attention do not count.
void check_heads(const Json& found, const Path& file, const char* key, const UNetConfig& network) {
  const auto& levels = network.levels;
  if (found.is_array() && found.size() != levels.size()) {
    wants(file, key, found, fmt::format("one number or {}", levels.size()));
  }
  Json expected = Json::array();
  for (const UNetLevel& level : levels) expected.push_back(level.heads);
  for (std::size_t i = 0; i < levels.size(); ++i) {
    const Json& said = found.is_array() ? found[i] : found;
    const bool counts = attends(levels[i]) || i + 1 == levels.size();
    if (counts && said != levels[i].heads) refuse(file, key, expected, found);
  }
}

}  // namespace

Json read_config(const Path& file) {
  std::error_code code;
  if (!std::filesystem::exists(file, code)) return Json::object();
  return read_json_object(file, kMaxConfig);
}

void check_unet_config(const Json& config, const Path& file, const UNetConfig& network) {
  const char* heads = value_of(config, "num_attention_heads").is_null() ? "attention_head_dim"
                                                                        : "num_attention_heads";
  if (const Json& found = value_of(config, heads); !found.is_null()) {
    check_heads(found, file, heads, network);
  }
  expect(config, file, "norm_num_groups", 32);
  expect(config, file, "norm_eps", 1e-5);
  expect(config, file, "act_fn", "silu");
  expect(config, file, "center_input_sample", false);
  expect(config, file, "flip_sin_to_cos", true);
  expect(config, file, "freq_shift", 0);
  expect(config, file, "resnet_time_scale_shift", "default");
  expect(config, file, "time_embedding_type", "positional");
  expect(config, file, "class_embed_type", "projection");
  expect(config, file, "addition_embed_type", "text_time");
  expect(config, file, "addition_time_embed_dim", kNumberWidth);
}

void check_text_config(const Json& config, const Path& file, const char* activation) {
  const Json& found = value_of(config, "hidden_act");
  const Json said = found.is_null() ? Json("quick_gelu") : found;
  if (!config.empty() && said != activation) refuse(file, "hidden_act", activation, said);
  // Heads are 64 wide.
  const Json& width = value_of(config, "hidden_size");
  if (width.is_number_integer()) {
    expect(config, file, "num_attention_heads",
           std::max<std::int64_t>(1, width.get<std::int64_t>() / 64));
  }
}

void check_vae_config(const Json& config, const Path& file) {
  expect(config, file, "norm_num_groups", 32);
  expect(config, file, "act_fn", "silu");
  expect(config, file, "shift_factor", nullptr);
  expect(config, file, "latents_mean", nullptr);
}

std::optional<double> vae_scaling(const Json& config, const Path& file) {
  return number(config, file, "scaling_factor", HUGE_VAL, "a positive number");
}

CheckpointSettings scheduler_settings(const Json& config, const Path& file) {
  const Json& name = value_of(config, "_class_name");
  if (name.is_string()) {
    const auto& text = name.get_ref<const std::string&>();
    if (text.find("FlowMatch") != std::string::npos || text.starts_with("EDM")) {
      wants(file, "_class_name", name, "a scheduler of discrete timesteps");
    }
  }
  expect(config, file, "num_train_timesteps", 1000);
  expect(config, file, "beta_schedule", "scaled_linear");
  expect(config, file, "trained_betas", nullptr);
  CheckpointSettings settings;
  settings.first_beta = number(config, file, "beta_start", 1, "a number in 0..1");
  settings.last_beta = number(config, file, "beta_end", 1, "a number in 0..1");
  const Json& zero = value_of(config, "rescale_betas_zero_snr");
  if (!zero.is_null() && !zero.is_boolean()) {
    wants(file, "rescale_betas_zero_snr", zero, "true or false");
  }
  if (zero.is_boolean()) settings.zero_terminal_snr = zero.get<bool>();
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
