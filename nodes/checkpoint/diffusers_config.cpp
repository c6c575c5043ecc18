#include "checkpoint/diffusers_config.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <fstream>
#include <nlohmann/json.hpp>
#include <string>
#include <system_error>

#include "calotype/error.h"

namespace calotype {

namespace {

using Json = nlohmann::json;
using Path = std::filesystem::path;

constexpr std::uintmax_t kMaxConfig = 1 << 20;
constexpr double kVaeScaling = 0.18215;

[[noreturn]] void refuse(const Path& file, std::string_view key, const Json& expected,
                         const Json& found) {
  throw Error(ErrorCode::io, fmt::format("{}: {} is {}: this version computes {}", file.string(),
                                         quote(key), found.dump().substr(0, 80), expected.dump()));
}

/// Absent and null are fine: the default of diffusers is `expected`.
void expect(const Json& config, const Path& file, const char* key, const Json& expected) {
  const auto it = config.find(key);
  if (it == config.end() || it->is_null() || *it == expected) return;
  refuse(file, key, expected, *it);
}

}  // namespace

Json read_config(const Path& file) {
  std::error_code code;
  if (!std::filesystem::exists(file, code)) return Json::object();
  if (!std::filesystem::is_regular_file(file, code)) {
    throw Error(ErrorCode::io, file.string() + ": expected a file with JSON settings");
  }
  const auto size = std::filesystem::file_size(file, code);
  if (code || size > kMaxConfig) {
    throw Error(ErrorCode::io, file.string() +
                                   ": cannot be read or is above 1 MiB, too large for "
                                   "a file with settings");
  }
  std::ifstream in(file, std::ios::binary);
  Json config = Json::parse(in, nullptr, /*allow_exceptions=*/false);
  if (!config.is_object()) throw Error(ErrorCode::io, file.string() + ": expected a JSON object");
  return config;
}

void check_unet_config(const Json& config, const Path& file) {
  // The word says dimension, but for these models it holds the number of heads.
  const char* heads =
      config.contains("num_attention_heads") && !config["num_attention_heads"].is_null()
          ? "num_attention_heads"
          : "attention_head_dim";
  expect(config, file, heads, 8);
  expect(config, file, "norm_num_groups", 32);
  expect(config, file, "act_fn", "silu");
  expect(config, file, "upcast_attention", false);
}

void check_text_config(const Json& config, const Path& file) {
  expect(config, file, "hidden_act", "quick_gelu");
  // Heads are 64 wide.
  const auto width = config.find("hidden_size");
  if (width != config.end() && width->is_number_integer()) {
    expect(config, file, "num_attention_heads",
           std::max<std::int64_t>(1, width->get<std::int64_t>() / 64));
  }
}

void check_vae_config(const Json& config, const Path& file) {
  expect(config, file, "norm_num_groups", 32);
  expect(config, file, "act_fn", "silu");
  expect(config, file, "shift_factor", nullptr);
  expect(config, file, "latents_mean", nullptr);
}

double vae_scaling(const Json& config, const Path& file) {
  const auto it = config.find("scaling_factor");
  if (it == config.end() || it->is_null()) return kVaeScaling;
  const double value = it->is_number() ? it->get<double>() : 0;
  if (!(value > 0) || !std::isfinite(value)) {
    throw Error(ErrorCode::io, file.string() + ": \"scaling_factor\" is " +
                                   it->dump().substr(0, 80) + ": expected a positive number");
  }
  return value;
}

std::optional<Prediction> scheduler_prediction(const Json& config, const Path& file) {
  const auto it = config.find("prediction_type");
  if (it == config.end() || it->is_null()) return std::nullopt;
  if (*it == "epsilon") return Prediction::epsilon;
  if (*it == "v_prediction") return Prediction::v;
  throw Error(ErrorCode::io, file.string() + ": \"prediction_type\" is " +
                                 it->dump().substr(0, 80) +
                                 ": expected \"epsilon\" or \"v_prediction\"");
}

}  // namespace calotype
