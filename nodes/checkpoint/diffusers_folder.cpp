#include "checkpoint/diffusers_folder.h"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <string>
#include <system_error>
#include <utility>

#include "calotype/error.h"
#include "calotype/safetensors.h"
#include "checkpoint/compvis_names.h"
#include "checkpoint/diffusers_config.h"
#include "checkpoint/diffusers_names.h"
#include "checkpoint/named_weights.h"

namespace calotype {

namespace {

using Path = std::filesystem::path;

bool is_file(const Path& path) {
  std::error_code ignored;
  return std::filesystem::is_regular_file(path, ignored);
}

bool is_folder(const Path& path) {
  std::error_code ignored;
  return std::filesystem::is_directory(path, ignored);
}

bool has_file_ending(const Path& folder, std::string_view ending) {
  std::error_code ignored;
  for (const auto& entry : std::filesystem::directory_iterator(folder, ignored)) {
    if (entry.path().filename().string().ends_with(ending)) return true;
  }
  return false;
}

/// `<stem>.safetensors`, or its float16 variant where the full one was not downloaded.
Path weight_file(const Path& folder, const std::string& stem) {
  for (const char* ending : {".safetensors", ".fp16.safetensors"}) {
    if (is_file(folder / (stem + ending))) return folder / (stem + ending);
  }
  const std::string expected = "expected " + quote(stem + ".safetensors");
  if (has_file_ending(folder, ".safetensors.index.json")) {
    throw Error(ErrorCode::io, folder.string() +
                                   ": the weights are cut into several files, which "
                                   "this version does not read: " +
                                   expected);
  }
  if (has_file_ending(folder, ".bin")) {
    throw Error(ErrorCode::io,
                folder.string() +
                    ": holds pickle weights (.bin), which this version does not "
                    "read: " +
                    expected,
                "convert the model to safetensors");
  }
  throw Error(ErrorCode::io, folder.string() + ": there are no weights: " + expected);
}

std::vector<std::string> names_of(const SafetensorsFile& file) {
  std::vector<std::string> names;
  for (const TensorInfo& t : file.tensors()) names.push_back(t.name);
  return names;
}

std::shared_ptr<const Weights> non_empty(std::shared_ptr<const Weights> weights, const Path& file) {
  if (!weights) throw Error(ErrorCode::io, file.string() + ": there are no tensors in the file");
  return weights;
}

std::shared_ptr<const Weights> open_unet(const Path& folder) {
  check_unet_config(read_config(folder / "config.json"), folder / "config.json");
  const Path path = weight_file(folder, "diffusion_pytorch_model");
  const SafetensorsFile file(path);
  const DiffusersUNetNames table(names_of(file));
  return non_empty(name_weights(path.string(), file.archive(),
                                [&](std::string_view name) { return table.rename(name); }),
                   path);
}

std::shared_ptr<const Weights> open_text_encoder(const Path& folder) {
  check_text_config(read_config(folder / "config.json"), folder / "config.json");
  const Path path = weight_file(folder, "model");
  return non_empty(name_weights(path.string(), SafetensorsFile(path).archive(), bare_text_name),
                   path);
}

void open_vae_part(const Path& folder, CheckpointParts& parts) {
  const Path config_file = folder / "config.json";
  const nlohmann::json config = read_config(config_file);
  check_vae_config(config, config_file);
  parts.vae_scaling = vae_scaling(config, config_file);
  const Path path = weight_file(folder, "diffusion_pytorch_model");
  const SafetensorsFile file(path);
  const DiffusersVaeNames table(names_of(file));
  parts.vae = non_empty(name_weights(path.string(), file.archive(),
                                     [&](std::string_view name) { return table.rename(name); }),
                        path);
}

}  // namespace

bool is_diffusers_folder(const Path& folder) { return is_file(folder / "model_index.json"); }

CheckpointParts open_diffusers_folder(const Path& folder) {
  CheckpointParts parts;
  parts.origin = folder.string();
  const Path scheduler = folder / "scheduler" / "scheduler_config.json";
  parts.prediction = scheduler_prediction(read_config(scheduler), scheduler);
  if (is_folder(folder / "unet")) parts.unet = open_unet(folder / "unet");
  if (is_folder(folder / "text_encoder")) {
    parts.text_encoder = open_text_encoder(folder / "text_encoder");
  }
  if (is_folder(folder / "vae")) open_vae_part(folder / "vae", parts);
  if (is_file(folder / "tokenizer" / "vocab.json")) parts.tokenizer = folder / "tokenizer";
  return parts;
}

CheckpointParts open_diffusers_vae(const Path& folder) {
  CheckpointParts parts;
  parts.origin = folder.string();
  open_vae_part(is_folder(folder / "vae") ? folder / "vae" : folder, parts);
  return parts;
}

}  // namespace calotype
