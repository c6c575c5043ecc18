#include "checkpoint/checkpoint_parts.h"

#include <string_view>
#include <system_error>

#include "calotype/error.h"
#include "calotype/weights_file.h"
#include "checkpoint/compvis_names.h"
#include "checkpoint/diffusers_folder.h"
#include "checkpoint/named_weights.h"
#include "checkpoint/single_file.h"

namespace calotype {

namespace {

using Path = std::filesystem::path;

/// What kind of entry `path` is. Throws for one that is absent.
bool is_existing_folder(const Path& path) {
  if (path.empty()) throw Error(ErrorCode::io, "the path of the checkpoint is empty");
  std::error_code code;
  const auto status = std::filesystem::status(path, code);
  if (!std::filesystem::exists(status)) {
    throw Error(ErrorCode::io, path.string() + ": there is no such file or folder",
                "relative paths count from the current folder");
  }
  return std::filesystem::is_directory(status);
}

void detect_unet(const Path& path, std::optional<ModelFamily> family, CheckpointParts& parts) {
  apply_companion(path, parts.unet.get(), parts.settings);
  if (parts.unet) parts.unet_config = UNetConfig::detect(*parts.unet, family);
}

std::optional<ModelFamily> family_of(const Weights* unet) {
  if (!unet) return std::nullopt;
  const auto kind = recognise_unet([&](std::string_view name) { return unet->shape(name); });
  return kind ? std::optional(kind->family) : std::nullopt;
}

}  // namespace

CheckpointParts open_checkpoint(const Path& path, std::optional<ModelFamily> family) {
  if (is_existing_folder(path)) {
    if (is_diffusers_folder(path)) return open_diffusers_folder(path, family);
    throw Error(ErrorCode::io, path.string() + ": the folder has no \"model_index.json\"",
                "give a file with weights or a folder saved by diffusers");
  }
  CheckpointParts parts = split_single_file(open_weights_file(path), path.string());
  detect_unet(path, family, parts);
  return parts;
}

CheckpointParts open_denoiser(const Path& path, std::optional<ModelFamily> family) {
  if (is_existing_folder(path)) return open_diffusers_unet(path, family);
  const TensorArchive archive = open_weights_file(path);
  CheckpointParts parts;
  parts.origin = path.string();
  parts.unet = find_unet(archive, parts.origin);
  parts.settings = settings_of(archive);
  detect_unet(path, family, parts);
  return parts;
}

VaePart open_vae(const Path& path) {
  if (is_existing_folder(path)) return open_diffusers_vae(path);
  const TensorArchive archive = open_weights_file(path);
  VaePart part{find_vae(archive, path.string())};
  CheckpointSettings settings;
  apply_companion(path, nullptr, settings);
  const auto unet = name_weights(path.string(), archive, [](std::string_view name) {
    return after_prefix(name, kUNetPrefix);
  });
  const std::optional<ModelFamily> family = family_of(unet.get());
  part.scaling = family ? vae_scaling_of(*family, settings)
                        : settings.vae_scaling.value_or(usual_vae_scaling(*part.weights));
  return part;
}

void require_all_parts(const CheckpointParts& parts) {
  std::string missing;
  const auto add = [&](bool there, std::string_view name) {
    if (!there) missing += (missing.empty() ? "" : " and ") + std::string(name);
  };
  add(parts.unet != nullptr, "UNet");
  add(parts.text_encoder || parts.text_encoder_2, "text encoder");
  add(parts.vae != nullptr, "VAE");
  if (missing.empty()) return;
  std::string hint = "use a complete checkpoint";
  if (parts.unet) hint += "; to read the UNet alone, use LoadDenoiser";
  if (parts.vae) hint += "; to read the VAE alone, use LoadVAE";
  throw Error(ErrorCode::io, parts.origin + ": the checkpoint has no " + missing, hint);
}

}  // namespace calotype
