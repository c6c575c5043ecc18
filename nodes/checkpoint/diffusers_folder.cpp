#include "checkpoint/diffusers_folder.h"

#include <nlohmann/json.hpp>
#include <string>
#include <system_error>
#include <utility>
#include <vector>

#include "checkpoint/diffusers_config.h"
#include "checkpoint/diffusers_names.h"
#include "checkpoint/file_system.h"
#include "checkpoint/named_weights.h"
#include "checkpoint/weight_files.h"

namespace calotype {

namespace {

using Path = std::filesystem::path;

template <class Names>
std::shared_ptr<const Weights> open_renamed(const Path& folder) {
  const WeightFiles files = open_weight_files(folder, kDiffusersWeights);
  std::vector<std::string> names;
  for (const ArchiveTensor& t : files.tensors.tensors) names.push_back(t.name);
  const Names table(names);
  return name_weights(files.origin, files.tensors,
                      [&](std::string_view name) { return table.rename(name); });
}

void open_unet(const Path& folder, std::optional<ModelFamily> family, CheckpointParts& parts) {
  parts.unet = open_renamed<DiffusersUNetNames>(folder);
  parts.unet_config = UNetConfig::detect(*parts.unet, family);
  const Path config = folder / "config.json";
  check_unet_config(read_config(config), config, *parts.unet_config);
}

void open_scheduler(const Path& folder, CheckpointParts& parts) {
  const Path file = folder / "scheduler" / "scheduler_config.json";
  parts.settings = scheduler_settings(read_config(file), file);
}

std::shared_ptr<const Weights> open_text_encoder(const Path& folder, const char* activation) {
  if (!is_folder(folder)) return nullptr;
  const Path config = folder / "config.json";
  if (activation) check_text_config(read_config(config), config, activation);
  const WeightFiles files = open_weight_files(folder, kTransformersWeights);
  return name_weights(files.origin, files.tensors,
                      [](std::string_view name) { return std::string(name); });
}

/// Of the encoder in `text_encoder`, by family. Null: not known.
const char* activation_of(const std::optional<UNetConfig>& unet) {
  if (!unet) return nullptr;
  const bool clip = unet->family == ModelFamily::sd1 || unet->family == ModelFamily::sdxl;
  return clip ? "quick_gelu" : "gelu";
}

std::shared_ptr<const Weights> open_vae_part(const Path& folder, std::optional<double>& scaling) {
  const Path file = folder / "config.json";
  const nlohmann::json config = read_config(file);
  check_vae_config(config, file);
  scaling = vae_scaling(config, file);
  return open_renamed<DiffusersVaeNames>(folder);
}

}  // namespace

bool is_diffusers_folder(const Path& folder) {
  std::error_code ignored;
  return std::filesystem::is_regular_file(folder / "model_index.json", ignored);
}

CheckpointParts open_diffusers_folder(const Path& folder, std::optional<ModelFamily> family) {
  CheckpointParts parts;
  parts.origin = folder.string();
  open_scheduler(folder, parts);
  if (is_folder(folder / "unet")) {
    open_unet(folder / "unet", family, parts);
    const Path index = folder / "model_index.json";
    parts.settings.zero_empty_text = zero_empty_text(read_config(index), index);
  }
  parts.text_encoder = open_text_encoder(folder / "text_encoder", activation_of(parts.unet_config));
  parts.text_encoder_2 = open_text_encoder(folder / "text_encoder_2", "gelu");
  if (is_folder(folder / "vae")) {
    parts.vae = open_vae_part(folder / "vae", parts.settings.vae_scaling);
  }
  for (const char* name : {"tokenizer", "tokenizer_2"}) {
    std::error_code ignored;
    if (!parts.tokenizer.empty()) break;
    if (std::filesystem::is_regular_file(folder / name / "vocab.json", ignored)) {
      parts.tokenizer = folder / name;
    }
  }
  return parts;
}

CheckpointParts open_diffusers_unet(const Path& folder, std::optional<ModelFamily> family) {
  CheckpointParts parts;
  parts.origin = folder.string();
  const bool whole = is_folder(folder / "unet");
  if (whole) open_scheduler(folder, parts);
  open_unet(whole ? folder / "unet" : folder, family, parts);
  return parts;
}

VaePart open_diffusers_vae(const Path& folder) {
  VaePart part;
  std::optional<double> scaling;
  part.weights = open_vae_part(is_folder(folder / "vae") ? folder / "vae" : folder, scaling);
  part.scaling = scaling.value_or(usual_vae_scaling(*part.weights));
  return part;
}

}  // namespace calotype
