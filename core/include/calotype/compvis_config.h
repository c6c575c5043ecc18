#pragma once
/// The configuration files of the original repositories (`v2-inference-v.yaml`), which people put
/// beside checkpoints under the same name. Torch-free; safe to call from any thread.
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>

#include "calotype/api.h"

namespace calotype {

/// Bytes. Published files have a tenth of this; a tree of YAML takes hundreds of bytes for each.
inline constexpr std::size_t kMaxCompvisConfig = 64 << 10;

/// What such a file says of a model. Whatever it does not say is empty.
struct CompvisConfig {
  enum class Parameterization { epsilon, v };
  std::optional<Parameterization> parameterization;
  std::optional<double> scale_factor;              ///< of latents, positive
  std::optional<double> linear_start, linear_end;  ///< betas, in 0..1
  std::optional<std::int64_t> in_channels;         ///< of the network
  std::optional<std::int64_t> context_dim;         ///< width of the text
};

/// `model.params` of the original repository (`parameterization`, "eps" when left out, and
/// `unet_config.params`) or of Stability's generative-models (`denoiser_config`,
/// `network_config.params`). Other keys are passed over. `file` is for messages. Throws Error(io):
/// no YAML, no `model.params`, a value of another kind or out of range.
CALOTYPE_API CompvisConfig parse_compvis_config(std::string_view yaml, const std::string& file);

/// Throws Error(io) as above, and when the file cannot be read or is larger than
/// kMaxCompvisConfig.
CALOTYPE_API CompvisConfig read_compvis_config(const std::filesystem::path& file);

}  // namespace calotype
