#include "checkpoint/diffusers_config.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "support/error_text.h"
#include "support/temp_dir.h"

namespace calotype {
namespace {

using nlohmann::json;
using test::error_text;

const std::filesystem::path kFile = "c.json";

std::string unet_error(const json& config) {
  return error_text([&] { check_unet_config(config, kFile); });
}
std::string text_error(const json& config) {
  return error_text([&] { check_text_config(config, kFile); });
}
std::string vae_error(const json& config) {
  return error_text([&] { check_vae_config(config, kFile); });
}

TEST(DiffusersConfig, AcceptsTheSettingsOfSd1) {
  EXPECT_EQ(unet_error({{"attention_head_dim", 8},
                        {"num_attention_heads", nullptr},
                        {"norm_num_groups", 32},
                        {"act_fn", "silu"},
                        {"upcast_attention", false}}),
            "no error");
  EXPECT_EQ(
      text_error({{"hidden_act", "quick_gelu"}, {"hidden_size", 768}, {"num_attention_heads", 12}}),
      "no error");
  EXPECT_EQ(text_error({{"hidden_size", 32}, {"num_attention_heads", 1}}), "no error");
  EXPECT_EQ(vae_error({{"norm_num_groups", 32}, {"shift_factor", nullptr}}), "no error");
  for (const auto& error :
       {unet_error(json::object()), text_error(json::object()), vae_error(json::object())}) {
    EXPECT_EQ(error, "no error");
  }
}

TEST(DiffusersConfig, RefusesSettingsThatAreNotComputed) {
  EXPECT_EQ(unet_error({{"attention_head_dim", {5, 10, 20, 20}}}),
            "c.json: \"attention_head_dim\" is [5,10,20,20]: this version computes 8");
  EXPECT_EQ(unet_error({{"attention_head_dim", 8}, {"num_attention_heads", 4}}),
            "c.json: \"num_attention_heads\" is 4: this version computes 8");
  EXPECT_EQ(unet_error({{"norm_num_groups", 16}}),
            "c.json: \"norm_num_groups\" is 16: this version computes 32");
  EXPECT_EQ(text_error({{"hidden_act", "gelu"}}),
            "c.json: \"hidden_act\" is \"gelu\": this version computes \"quick_gelu\"");
  EXPECT_EQ(text_error({{"hidden_size", 768}, {"num_attention_heads", 16}}),
            "c.json: \"num_attention_heads\" is 16: this version computes 12");
  EXPECT_EQ(vae_error({{"shift_factor", 0.1}}),
            "c.json: \"shift_factor\" is 0.1: this version computes null");
}

TEST(DiffusersConfig, ReadsScalingFactor) {
  EXPECT_EQ(vae_scaling(json::object(), kFile), 0.18215);
  EXPECT_EQ(vae_scaling({{"scaling_factor", 0.13025}}, kFile), 0.13025);
  EXPECT_EQ(error_text([] {
              vae_scaling({{"scaling_factor", 0}}, kFile);
            }),
            "c.json: \"scaling_factor\" is 0: expected a positive number");
  EXPECT_EQ(error_text([] {
              vae_scaling({{"scaling_factor", "x"}}, kFile);
            }),
            "c.json: \"scaling_factor\" is \"x\": expected a positive number");
}

TEST(DiffusersConfig, ReadsPredictionType) {
  EXPECT_EQ(scheduler_prediction(json::object(), kFile), std::nullopt);
  EXPECT_EQ(scheduler_prediction({{"prediction_type", "epsilon"}}, kFile), Prediction::epsilon);
  EXPECT_EQ(scheduler_prediction({{"prediction_type", "v_prediction"}}, kFile), Prediction::v);
  EXPECT_EQ(error_text([] {
              scheduler_prediction({{"prediction_type", "sample"}}, kFile);
            }),
            "c.json: \"prediction_type\" is \"sample\": expected \"epsilon\" or \"v_prediction\"");
}

TEST(DiffusersConfig, TakesAnAbsentFileForNoSettings) {
  EXPECT_EQ(read_config("there/is/no/such.json"), json::object());
}

TEST(DiffusersConfig, RefusesFilesThatAreNoSettings) {
  const test::TempDir dir;
  const auto refusal = [&](std::string_view bytes) {
    const auto file = dir.write("c.json", bytes);
    std::string text = error_text([&] { read_config(file); });
    EXPECT_TRUE(text.starts_with(file.string() + ": "));
    return text.substr(std::min(text.size(), file.string().size() + 2));
  };
  EXPECT_EQ(refusal("{"), "expected a JSON object");
  EXPECT_EQ(refusal("[1]"), "expected a JSON object");
  EXPECT_EQ(refusal(""), "expected a JSON object");
  EXPECT_EQ(refusal(std::string(2 << 20, ' ')),
            "cannot be read or is above 1 MiB, too large for a file with settings");
  EXPECT_EQ(error_text([&] { read_config(dir.path()); }),
            dir.path().string() + ": expected a file with JSON settings");
}

}  // namespace
}  // namespace calotype
