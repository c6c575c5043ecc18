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

UNetConfig network(std::vector<std::int64_t> heads) {
  UNetConfig config;
  for (const std::int64_t n : heads) {
    config.levels.push_back({.channels = 64, .heads = n, .down = {1}, .up = {1, 1}});
  }
  return config;
}

std::string unet_error(const json& config, const UNetConfig& sizes = network({8, 8, 8, 8})) {
  return error_text([&] { check_unet_config(config, kFile, sizes); });
}
std::string text_error(const json& config, const char* activation = "quick_gelu") {
  return error_text([&] { check_text_config(config, kFile, activation); });
}
std::string vae_error(const json& config) {
  return error_text([&] { check_vae_config(config, kFile); });
}
std::string scheduler_error(const json& config) {
  return error_text([&] { scheduler_settings(config, kFile); });
}

TEST(DiffusersConfig, AcceptsTheSettingsOfTheFamilies) {
  EXPECT_EQ(unet_error({{"attention_head_dim", 8},
                        {"num_attention_heads", nullptr},
                        {"norm_num_groups", 32},
                        {"norm_eps", 1e-05},
                        {"act_fn", "silu"},
                        {"upcast_attention", true}}),
            "no error");
  EXPECT_EQ(unet_error({{"attention_head_dim", {5, 10, 20, 20}}}, network({5, 10, 20, 20})),
            "no error");
  EXPECT_EQ(
      text_error({{"hidden_act", "quick_gelu"}, {"hidden_size", 768}, {"num_attention_heads", 12}}),
      "no error");
  EXPECT_EQ(text_error({{"hidden_size", 32}, {"num_attention_heads", 1}}), "no error");
  EXPECT_EQ(text_error({{"hidden_act", "gelu"}}, "gelu"), "no error");
  EXPECT_EQ(vae_error({{"norm_num_groups", 32}, {"shift_factor", nullptr}}), "no error");
  for (const auto& error : {unet_error(json::object()), text_error(json::object(), "gelu"),
                            vae_error(json::object()), scheduler_error(json::object())}) {
    EXPECT_EQ(error, "no error");
  }
}

TEST(DiffusersConfig, ComparesHeadsWhereThereIsAttention) {
  UNetConfig sdxl = network({0, 10, 20});
  sdxl.levels[0].down = {0, 0};
  EXPECT_EQ(unet_error({{"attention_head_dim", {5, 10, 20}}}, sdxl), "no error");
  EXPECT_EQ(unet_error({{"attention_head_dim", {5, 10, 10}}}, sdxl),
            "c.json: \"attention_head_dim\" is [5,10,10]: this version computes [0,10,20]");
  EXPECT_EQ(unet_error({{"attention_head_dim", {5, 10}}}, sdxl),
            "c.json: \"attention_head_dim\" is [5,10]: expected one value or 3");
  EXPECT_EQ(unet_error({{"attention_head_dim", 8}, {"num_attention_heads", 4}}),
            "c.json: \"num_attention_heads\" is 4: this version computes [8,8,8,8]");
}

TEST(DiffusersConfig, ComparesWhichLevelsAttendToTheTextAlone) {
  UNetConfig x4 = network({8, 8, 8, 8});
  x4.levels[0].down = {0, 0};
  x4.levels[1].self_attention = x4.levels[2].self_attention = false;
  EXPECT_EQ(unet_error({{"only_cross_attention", {true, true, true, false}}}, x4), "no error");
  EXPECT_EQ(unet_error({{"only_cross_attention", false}}, x4),
            "c.json: \"only_cross_attention\" is false: this version computes "
            "[false,true,true,false]");
  EXPECT_EQ(unet_error({{"only_cross_attention", false}}), "no error");
  EXPECT_EQ(unet_error({{"only_cross_attention", true}}),
            "c.json: \"only_cross_attention\" is true: this version computes "
            "[false,false,false,false]");
}

TEST(DiffusersConfig, TellsWhatThePipelineTakesForAnEmptyText) {
  const char* const key = "force_zeros_for_empty_prompt";
  EXPECT_EQ(zero_empty_text({{key, true}}, kFile), true);
  EXPECT_EQ(zero_empty_text({{key, false}}, kFile), false);
  EXPECT_EQ(zero_empty_text(json::object(), kFile), std::nullopt);
  EXPECT_EQ(error_text([&] {
              zero_empty_text({{key, "no"}}, kFile);
            }),
            "c.json: \"force_zeros_for_empty_prompt\" is \"no\": expected true or false");
}

using Cases = std::vector<std::pair<const char*, json>>;

/// Every setting that changes what is computed and no weight's name or shape.
TEST(DiffusersConfig, RefusesEverySettingThatWeightsDoNotShow) {
  const auto refused = [](const std::string& error, const char* key) {
    const std::string begin = std::string("c.json: \"") + key + "\" is ";
    EXPECT_TRUE(error.starts_with(begin)) << key << ": " << error;
    EXPECT_NE(error.find(": this version computes "), std::string::npos) << error;
  };
  const Cases unet = {{"norm_num_groups", 16},
                      {"norm_eps", 1e-6},
                      {"act_fn", "gelu"},
                      {"center_input_sample", true},
                      {"flip_sin_to_cos", false},
                      {"freq_shift", 1},
                      {"downsample_padding", 0},
                      {"mid_block_scale_factor", 1.414},
                      {"mid_block_only_cross_attention", true},
                      {"resnet_time_scale_shift", "scale_shift"},
                      {"time_embedding_type", "fourier"},
                      {"time_embedding_act_fn", "silu"},
                      {"timestep_post_act", "silu"},
                      {"class_embed_type", "timestep"},
                      {"addition_embed_type", "text"},
                      {"addition_time_embed_dim", 128}};
  for (const auto& [key, value] : unet) refused(unet_error({{key, value}}), key);
  const Cases vae = {{"norm_num_groups", 16},
                     {"act_fn", "relu"},
                     {"shift_factor", 0.1159},
                     {"latents_mean", {0, 0, 0, 0}},
                     {"latents_std", {1, 1, 1, 1}}};
  for (const auto& [key, value] : vae) refused(vae_error({{key, value}}), key);
  const Cases scheduler = {{"num_train_timesteps", 500},  {"beta_schedule", "linear"},
                           {"trained_betas", {0.1, 0.2}}, {"timestep_type", "continuous"},
                           {"use_flow_sigmas", true},     {"thresholding", true}};
  for (const auto& [key, value] : scheduler) refused(scheduler_error({{key, value}}), key);
  refused(text_error({{"layer_norm_eps", 1e-6}}), "layer_norm_eps");
}

TEST(DiffusersConfig, RefusesSettingsThatAreNotComputed) {
  EXPECT_EQ(unet_error({{"norm_num_groups", 16}}),
            "c.json: \"norm_num_groups\" is 16: this version computes 32");
  EXPECT_EQ(unet_error({{"class_embed_type", "identity"}}),
            "c.json: \"class_embed_type\" is \"identity\": this version computes \"projection\"");
  EXPECT_EQ(text_error({{"hidden_act", "gelu"}}),
            "c.json: \"hidden_act\" is \"gelu\": this version computes \"quick_gelu\"");
  EXPECT_EQ(text_error({{"hidden_size", 64}}, "gelu"),
            "c.json: \"hidden_act\" is \"quick_gelu\": this version computes \"gelu\"");
  EXPECT_EQ(text_error({{"hidden_size", 768}, {"num_attention_heads", 16}}),
            "c.json: \"num_attention_heads\" is 16: this version computes 12");
  EXPECT_EQ(vae_error({{"shift_factor", 0.1}}),
            "c.json: \"shift_factor\" is 0.1: this version computes null");
}

TEST(DiffusersConfig, ReadsScalingFactor) {
  EXPECT_EQ(vae_scaling(json::object(), kFile), std::nullopt);
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

TEST(DiffusersConfig, ReadsTheScheduler) {
  const CheckpointSettings none = scheduler_settings(json::object(), kFile);
  EXPECT_EQ(none.prediction, std::nullopt);
  EXPECT_EQ(none.first_beta, std::nullopt);
  EXPECT_EQ(none.zero_terminal_snr, std::nullopt);
  const CheckpointSettings all = scheduler_settings({{"_class_name", "DDIMScheduler"},
                                                     {"beta_schedule", "scaled_linear"},
                                                     {"beta_start", 0.0001},
                                                     {"beta_end", 0.02},
                                                     {"num_train_timesteps", 1000},
                                                     {"rescale_betas_zero_snr", true},
                                                     {"prediction_type", "v_prediction"}},
                                                    kFile);
  EXPECT_EQ(all.prediction, Prediction::v);
  EXPECT_EQ(all.first_beta, 0.0001);
  EXPECT_EQ(all.last_beta, 0.02);
  EXPECT_EQ(all.zero_terminal_snr, true);
  EXPECT_EQ(scheduler_settings({{"prediction_type", "epsilon"}}, kFile).prediction,
            Prediction::epsilon);
}

TEST(DiffusersConfig, RefusesSchedulersThatAreNotComputed) {
  EXPECT_EQ(scheduler_error({{"prediction_type", "sample"}}),
            "c.json: \"prediction_type\" is \"sample\": expected \"epsilon\" or \"v_prediction\"");
  EXPECT_EQ(scheduler_error({{"beta_schedule", "squaredcos_cap_v2"}}),
            "c.json: \"beta_schedule\" is \"squaredcos_cap_v2\": this version computes "
            "\"scaled_linear\"");
  EXPECT_EQ(scheduler_error({{"num_train_timesteps", 100}}),
            "c.json: \"num_train_timesteps\" is 100: this version computes 1000");
  EXPECT_EQ(scheduler_error({{"beta_end", 1}}),
            "c.json: \"beta_end\" is 1: expected a number in 0..1");
  EXPECT_EQ(scheduler_error({{"rescale_betas_zero_snr", 1}}),
            "c.json: \"rescale_betas_zero_snr\" is 1: expected true or false");
  EXPECT_EQ(scheduler_error({{"_class_name", "FlowMatchEulerDiscreteScheduler"}}),
            "c.json: \"_class_name\" is \"FlowMatchEulerDiscreteScheduler\": expected a scheduler "
            "of discrete timesteps");
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
  EXPECT_EQ(refusal(std::string(2 << 20, ' ')), "above 1 MiB, too large for a file with settings");
  EXPECT_EQ(error_text([&] { read_config(dir.path()); }),
            dir.path().string() + ": expected a file, got a folder");
}

}  // namespace
}  // namespace calotype
