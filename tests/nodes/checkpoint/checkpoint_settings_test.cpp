#include "checkpoint/checkpoint_settings.h"

#include <gtest/gtest.h>

#include "checkpoint/named_weights.h"
#include "support/archives.h"
#include "support/error_text.h"
#include "support/temp_dir.h"
#include "support/unet_outline.h"

namespace calotype {
namespace {

using test::TempDir;

std::shared_ptr<const Weights> weights(const std::vector<test::NamedShape>& tensors) {
  return name_weights("m", test::archive_of(tensors),
                      [](std::string_view name) { return std::string(name); });
}

TEST(CheckpointSettings, LeaveTheUsualWhereFilesSayNothing) {
  EXPECT_EQ(schedule_of(ModelFamily::sd2, {}), (TrainingSchedule{0.00085, 0.012, false}));
  EXPECT_EQ(schedule_of(ModelFamily::x4_upscaler, {}), (TrainingSchedule{0.0001, 0.02, false}));
  EXPECT_EQ(schedule_of(ModelFamily::sd1, {.last_beta = 0.5, .zero_terminal_snr = true}),
            (TrainingSchedule{0.00085, 0.5, true}));
}

TEST(CheckpointSettings, ScaleLatentsByFamilyUnlessFilesSay) {
  EXPECT_EQ(vae_scaling_of(ModelFamily::sd1, {}), 0.18215);
  EXPECT_EQ(vae_scaling_of(ModelFamily::unclip, {}), 0.18215);
  EXPECT_EQ(vae_scaling_of(ModelFamily::sdxl, {}), 0.13025);
  EXPECT_EQ(vae_scaling_of(ModelFamily::sdxl_refiner, {}), 0.13025);
  EXPECT_EQ(vae_scaling_of(ModelFamily::x4_upscaler, {}), 0.08333);
  EXPECT_EQ(vae_scaling_of(ModelFamily::sdxl, {.vae_scaling = 0.5}), 0.5);
}

TEST(CheckpointSettings, ScaleLatentsOfALonelyVaeByItsLevels) {
  const auto vae = [](int levels) {
    std::vector<test::NamedShape> tensors;
    for (int i = 0; i < levels; ++i) {
      tensors.push_back({"decoder.up." + std::to_string(i) + ".block.0.conv1.weight", {1}});
    }
    return weights(tensors);
  };
  EXPECT_EQ(usual_vae_scaling(*vae(4)), 0.18215);
  EXPECT_EQ(usual_vae_scaling(*vae(3)), 0.08333);
  EXPECT_EQ(usual_vae_scaling(*vae(2)), 0.18215);
}

TEST(CheckpointSettings, AreReplacedByTheCompanion) {
  const TempDir dir;
  dir.write("m.yaml", R"(model: {params: {parameterization: v, scale_factor: 0.5,
    linear_start: 0.1, linear_end: 0.2, unet_config: {params: {in_channels: 4, context_dim: 16}}}})");
  CheckpointSettings settings{.prediction = Prediction::epsilon};
  apply_companion(dir / "m.safetensors", weights(test::unet_outline()).get(), settings);
  EXPECT_EQ(settings.prediction, Prediction::v);
  EXPECT_EQ(settings.vae_scaling, 0.5);
  EXPECT_EQ(settings.first_beta, 0.1);
  EXPECT_EQ(settings.last_beta, 0.2);
}

TEST(CheckpointSettings, StayWithoutCompanion) {
  const TempDir dir;
  CheckpointSettings settings{.prediction = Prediction::v};
  apply_companion(dir / "m.safetensors", nullptr, settings);
  EXPECT_EQ(settings.prediction, Prediction::v);
}

TEST(CheckpointSettings, RefuseTheCompanionOfAnotherModel) {
  const TempDir dir;
  const auto error = [&](const std::string& sizes) {
    const auto file =
        dir.write("m.yaml", "model: {params: {unet_config: {params: {" + sizes + "}}}}");
    CheckpointSettings settings;
    const std::string text = test::error_text(
        [&] { apply_companion(dir / "m.ckpt", weights(test::unet_outline()).get(), settings); });
    return text.starts_with(file.string()) ? text.substr(file.string().size() + 2) : text;
  };
  const std::string hint =
      "\n  hint: the configuration is of another model; take the right one or move it away";
  EXPECT_EQ(error("in_channels: 9"), "\"in_channels\" is 9, in the weights it is 4" + hint);
  EXPECT_EQ(error("context_dim: 768"), "\"context_dim\" is 768, in the weights it is 16" + hint);
  EXPECT_EQ(error("in_channels: 4, context_dim: 16"), "no error");
}

}  // namespace
}  // namespace calotype
