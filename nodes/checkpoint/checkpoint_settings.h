#pragma once
/// What the files of a checkpoint say of it that the weights do not show.
#include <filesystem>
#include <functional>
#include <optional>

#include "calotype/types/models.h"
#include "checkpoint/weights.h"
#include "unet/training_schedule.h"

namespace calotype {

/// Empty where the files say nothing.
struct CheckpointSettings {
  std::optional<Prediction> prediction;
  std::optional<double> vae_scaling;
  std::optional<double> first_beta, last_beta;
  std::optional<bool> zero_terminal_snr;
  std::optional<bool> zero_empty_text;  ///< of SDXL; see TextEncoder
};

/// The usual schedule of the family, changed by what the files say.
TrainingSchedule schedule_of(ModelFamily, const CheckpointSettings&);
/// What the files say, else 0.13025 for SDXL, 0.08333 for the x4 upscaler and 0.18215.
double vae_scaling_of(ModelFamily, const CheckpointSettings&);
/// Of a VAE that stands alone: 0.08333 where three levels shrink pictures by 4, else 0.18215.
double usual_vae_scaling(const Weights& vae);

/// Where a configuration of the original repositories stands beside a checkpoint:
/// `model.yaml` beside `model.safetensors`.
std::filesystem::path companion_of(const std::filesystem::path& checkpoint);

/// Replaces what the companion says, if there is one. `unet` may be null. Throws Error(io) as
/// read_compvis_config does, and when it is of a network with other channels or text width.
void apply_companion(const std::filesystem::path& checkpoint, const Weights* unet,
                     CheckpointSettings&);

}  // namespace calotype
