#include "checkpoint/single_file.h"

#include <algorithm>
#include <array>
#include <utility>

#include "calotype/error.h"
#include "checkpoint/compvis_names.h"
#include "checkpoint/diffusers_names.h"
#include "checkpoint/named_weights.h"

namespace calotype {

namespace {

/// How names begin in files that people take for checkpoints.
constexpr std::array<std::pair<std::string_view, std::string_view>, 6> kOtherKinds = {
    {{"lora_", "a LoRA"},
     {"control_model.", "a ControlNet"},
     {"conditioner.", "a part of an SDXL checkpoint"},
     {"cond_stage_model.model.", "a part of an SD 2.x checkpoint"},
     {"down_blocks.", "the UNet of a diffusers folder"},
     {"text_model.", "a text encoder alone"}}};

bool any_starts_with(const TensorArchive& archive, std::string_view prefix) {
  return std::any_of(archive.tensors.begin(), archive.tensors.end(),
                     [&](const ArchiveTensor& t) { return t.name.starts_with(prefix); });
}

[[noreturn]] void refuse(const TensorArchive& archive, const std::string& origin,
                         std::string_view wanted) {
  std::string found;
  for (const auto& [prefix, kind] : kOtherKinds) {
    if (found.empty() && any_starts_with(archive, prefix)) found = kind;
  }
  if (found.empty() && !archive.tensors.empty()) {
    found = "tensors such as " + quote(archive.tensors.front().name);
  }
  if (found.empty()) found = "no tensors";
  throw Error(ErrorCode::io, origin + ": expected " + std::string(wanted) + ", found " + found);
}

std::optional<Prediction> prediction_of(const TensorArchive& archive) {
  const auto it = archive.metadata.find("modelspec.prediction_type");
  if (it != archive.metadata.end()) {
    if (it->second == "v" || it->second == "v_prediction") return Prediction::v;
    if (it->second == "epsilon") return Prediction::epsilon;
  }
  if (archive.find("v_pred")) return Prediction::v;
  return std::nullopt;
}

std::vector<std::string> names_of(const TensorArchive& archive) {
  std::vector<std::string> names;
  for (const ArchiveTensor& t : archive.tensors) names.push_back(t.name);
  return names;
}

}  // namespace

CheckpointParts split_single_file(const TensorArchive& archive, std::string origin) {
  CheckpointParts parts;
  parts.unet = name_weights(origin, archive, compvis_unet_name);
  parts.text_encoder = name_weights(origin, archive, compvis_text_name);
  parts.vae = name_weights(origin, archive, compvis_vae_name);
  if (!parts.unet && !parts.text_encoder && !parts.vae) {
    refuse(archive, origin, "a Stable Diffusion checkpoint");
  }
  parts.prediction = prediction_of(archive);
  parts.origin = std::move(origin);
  return parts;
}

CheckpointParts split_vae_file(const TensorArchive& archive, std::string origin) {
  CheckpointParts parts;
  if (any_starts_with(archive, kVaePrefix)) {
    parts.vae = name_weights(origin, archive, compvis_vae_name);
  } else if (archive.find("decoder.conv_in.weight") || archive.find("encoder.conv_in.weight")) {
    const std::vector<std::string> names = names_of(archive);
    if (std::any_of(names.begin(), names.end(), DiffusersVaeNames::recognises)) {
      const DiffusersVaeNames table(names);
      parts.vae =
          name_weights(origin, archive, [&](std::string_view name) { return table.rename(name); });
    } else {
      parts.vae = name_weights(origin, archive, bare_vae_name);
    }
  }
  if (!parts.vae) refuse(archive, origin, "a VAE");
  parts.origin = std::move(origin);
  return parts;
}

}  // namespace calotype
