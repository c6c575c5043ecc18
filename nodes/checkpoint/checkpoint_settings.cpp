#include "checkpoint/checkpoint_settings.h"

#include <fmt/format.h>

#include <system_error>

#include "calotype/compvis_config.h"
#include "calotype/error.h"

namespace calotype {

namespace {

/// `found`: second size of a weight.
void expect_size(const std::filesystem::path& file, const char* key,
                 const std::optional<std::int64_t>& said, const Weights& unet, const char* weight) {
  const auto* shape = unet.shape(weight);
  if (!said || !shape || shape->size() < 2 || (*shape)[1] == *said) return;
  throw Error(ErrorCode::io,
              fmt::format("{}: \"{}\" is {}, in the weights it is {}", file.string(), key, *said,
                          (*shape)[1]),
              "the configuration is of another model; take the right one or move it away");
}

}  // namespace

TrainingSchedule schedule_of(ModelFamily family, const CheckpointSettings& settings) {
  TrainingSchedule schedule = usual_schedule(family);
  schedule.first_beta = settings.first_beta.value_or(schedule.first_beta);
  schedule.last_beta = settings.last_beta.value_or(schedule.last_beta);
  schedule.zero_terminal_snr = settings.zero_terminal_snr.value_or(false);
  return schedule;
}

double vae_scaling_of(ModelFamily family, const CheckpointSettings& settings) {
  if (settings.vae_scaling) return *settings.vae_scaling;
  switch (family) {
    case ModelFamily::sdxl:
    case ModelFamily::sdxl_refiner:
      return 0.13025;
    case ModelFamily::x4_upscaler:
      return 0.08333;
    default:
      return 0.18215;
  }
}

double usual_vae_scaling(const Weights& vae) {
  const auto has_level = [&](int level) {
    return vae.shape(fmt::format("decoder.up.{}.block.0.conv1.weight", level)) != nullptr;
  };
  return has_level(2) && !has_level(3) ? 0.08333 : 0.18215;
}

std::filesystem::path companion_of(const std::filesystem::path& checkpoint) {
  return std::filesystem::path(checkpoint).replace_extension(".yaml");
}

void apply_companion(const std::filesystem::path& checkpoint, const Weights* unet,
                     CheckpointSettings& settings) {
  const std::filesystem::path file = companion_of(checkpoint);
  std::error_code ignored;
  if (!std::filesystem::is_regular_file(file, ignored)) return;
  const CompvisConfig config = read_compvis_config(file);
  if (unet) {
    expect_size(file, "in_channels", config.in_channels, *unet, "input_blocks.0.0.weight");
    expect_size(file, "context_dim", config.context_dim, *unet,
                "middle_block.1.transformer_blocks.0.attn2.to_k.weight");
  }
  if (config.parameterization) {
    settings.prediction = *config.parameterization == CompvisConfig::Parameterization::v
                              ? Prediction::v
                              : Prediction::epsilon;
  }
  if (config.scale_factor) settings.vae_scaling = config.scale_factor;
  if (config.linear_start) settings.first_beta = config.linear_start;
  if (config.linear_end) settings.last_beta = config.linear_end;
}

}  // namespace calotype
