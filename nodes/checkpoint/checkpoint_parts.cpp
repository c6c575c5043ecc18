#include "checkpoint/checkpoint_parts.h"

#include <string_view>
#include <system_error>

#include "calotype/error.h"
#include "calotype/weights_file.h"
#include "checkpoint/diffusers_folder.h"
#include "checkpoint/single_file.h"

namespace calotype {

namespace {

using Path = std::filesystem::path;

/// What kind of entry `path` is. Throws for one that is absent.
bool is_folder(const Path& path) {
  if (path.empty()) throw Error(ErrorCode::io, "the path of the checkpoint is empty");
  std::error_code code;
  const auto status = std::filesystem::status(path, code);
  if (!std::filesystem::exists(status)) {
    throw Error(ErrorCode::io, path.string() + ": there is no such file or folder",
                "relative paths count from the current folder");
  }
  return std::filesystem::is_directory(status);
}

}  // namespace

CheckpointParts open_checkpoint(const Path& path) {
  if (is_folder(path)) {
    if (is_diffusers_folder(path)) return open_diffusers_folder(path);
    throw Error(ErrorCode::io, path.string() + ": the folder has no \"model_index.json\"",
                "give a .safetensors file or a folder saved by diffusers");
  }
  return split_single_file(open_weights_file(path), path.string());
}

CheckpointParts open_vae(const Path& path) {
  if (is_folder(path)) return open_diffusers_vae(path);
  return split_vae_file(open_weights_file(path), path.string());
}

void require_all_parts(const CheckpointParts& parts) {
  std::string missing;
  const auto add = [&](const std::shared_ptr<const Weights>& part, std::string_view name) {
    if (!part) missing += (missing.empty() ? "" : " and ") + std::string(name);
  };
  add(parts.unet, "UNet");
  add(parts.text_encoder, "text encoder");
  add(parts.vae, "VAE");
  if (missing.empty()) return;
  throw Error(ErrorCode::io, parts.origin + ": the checkpoint has no " + missing,
              !parts.unet && !parts.text_encoder
                  ? "to read a VAE alone, use LoadVAE"
                  : "use a complete checkpoint of the SD 1.x family");
}

}  // namespace calotype
