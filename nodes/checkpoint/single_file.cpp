#include "checkpoint/single_file.h"

#include <algorithm>
#include <string_view>
#include <utility>
#include <vector>

#include "calotype/error.h"
#include "calotype/weights_kind.h"
#include "checkpoint/compvis_names.h"
#include "checkpoint/diffusers_names.h"
#include "checkpoint/named_weights.h"

namespace calotype {

namespace {

bool any_starts_with(const TensorArchive& archive, std::string_view prefix) {
  return std::any_of(archive.tensors.begin(), archive.tensors.end(),
                     [&](const ArchiveTensor& t) { return t.name.starts_with(prefix); });
}

[[noreturn]] void refuse(const TensorArchive& archive, const std::string& origin,
                         std::string_view wanted) {
  const WeightsKind kind = recognise_weights(archive);
  std::string found(kind.name);
  if (found.empty()) {
    found = archive.tensors.empty() ? "no tensors"
                                    : "tensors such as " + quote(archive.tensors.front().name);
  }
  throw Error(ErrorCode::io, origin + ": expected " + std::string(wanted) + ", found " + found,
              std::string(kind.hint));
}

std::vector<std::string> names_of(const TensorArchive& archive) {
  std::vector<std::string> names;
  for (const ArchiveTensor& t : archive.tensors) names.push_back(t.name);
  return names;
}

}  // namespace

CheckpointSettings settings_of(const TensorArchive& archive) {
  CheckpointSettings settings;
  const auto it = archive.metadata.find("modelspec.prediction_type");
  if (it != archive.metadata.end()) {
    if (it->second == "v" || it->second == "v_prediction") settings.prediction = Prediction::v;
    if (it->second == "epsilon") settings.prediction = Prediction::epsilon;
  }
  if (archive.find("v_pred")) settings.prediction = Prediction::v;
  if (archive.find("ztsnr")) settings.zero_terminal_snr = true;
  return settings;
}

CheckpointParts split_single_file(const TensorArchive& archive, const std::string& origin) {
  CheckpointParts parts;
  const auto part = [&](std::string_view prefix) {
    return name_weights(origin, archive,
                        [&](std::string_view name) { return after_prefix(name, prefix); });
  };
  parts.unet = part(kUNetPrefix);
  parts.vae = name_weights(origin, archive, compvis_vae_name);
  parts.text_encoder = name_weights(origin, archive, compvis_text_name);
  parts.text_encoder_2 = part(kSecondTextPrefix);
  const bool has_part = parts.unet || parts.text_encoder || parts.vae;
  if (!has_part || recognise_weights(archive).is_foreign) {
    refuse(archive, origin, "a Stable Diffusion checkpoint");
  }
  parts.settings = settings_of(archive);
  parts.origin = origin;
  return parts;
}

std::shared_ptr<const Weights> find_unet(const TensorArchive& archive, const std::string& origin) {
  if (recognise_weights(archive).is_foreign) refuse(archive, origin, "a UNet");
  std::shared_ptr<const Weights> unet = name_weights(
      origin, archive, [](std::string_view name) { return after_prefix(name, kUNetPrefix); });
  if (!unet && archive.find("input_blocks.0.0.weight")) {
    unet = name_weights(origin, archive, [](std::string_view name) {
      return name.starts_with("model_ema.") ? std::string() : std::string(name);
    });
  }
  if (!unet && archive.find("conv_in.weight") && any_starts_with(archive, "down_blocks.")) {
    const DiffusersUNetNames table(names_of(archive));
    unet = name_weights(origin, archive, [&](std::string_view name) { return table.rename(name); });
  }
  if (!unet) refuse(archive, origin, "a UNet");
  return unet;
}

std::shared_ptr<const Weights> find_vae(const TensorArchive& archive, const std::string& origin) {
  std::shared_ptr<const Weights> vae = name_weights(origin, archive, compvis_vae_name);
  if (!vae && (archive.find("decoder.conv_in.weight") || archive.find("encoder.conv_in.weight"))) {
    const std::vector<std::string> names = names_of(archive);
    if (std::any_of(names.begin(), names.end(), DiffusersVaeNames::recognises)) {
      const DiffusersVaeNames table(names);
      vae =
          name_weights(origin, archive, [&](std::string_view name) { return table.rename(name); });
    } else {
      vae = name_weights(origin, archive, bare_vae_name);
    }
  }
  if (!vae) refuse(archive, origin, "a VAE");
  return vae;
}

}  // namespace calotype
