#include "image_encoder/image_encoder_parts.h"

#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>

#include "calotype/error.h"
#include "calotype/types/tensor_io.h"
#include "calotype/weights_file.h"
#include "checkpoint/diffusers_config.h"
#include "checkpoint/file_system.h"
#include "checkpoint/named_weights.h"
#include "checkpoint/weight_files.h"

namespace calotype {

namespace {

using Json = nlohmann::json;
using Path = std::filesystem::path;

constexpr std::string_view kUnclipPrefix = "embedder.model.";
constexpr std::int64_t kOpenAiWidth = 768;

at::Tensor tensor_or_none(const TensorArchive& archive, std::string_view name) {
  const ArchiveTensor* found = archive.find(name);
  return found ? to_tensor(*found) : at::Tensor();
}

/// The image half's names after `prefix`.
std::shared_ptr<const Weights> image_half(const TensorArchive& archive, const std::string& origin,
                                          std::string_view prefix) {
  return name_weights(origin, archive, [&](std::string_view name) {
    if (!name.starts_with(prefix)) return std::string();
    name.remove_prefix(prefix.size());
    for (const std::string_view part : {"visual.", "vision_model.", "visual_projection."}) {
      if (name.starts_with(part)) return std::string(name);
    }
    return std::string();
  });
}

[[noreturn]] void without_image_encoder(const std::string& origin) {
  throw Error(ErrorCode::io, origin + ": there is no image encoder of CLIP",
              "give a stable unCLIP checkpoint, or a folder of transformers with "
              "CLIPVisionModelWithProjection");
}

ClipActivation activation_of(const Json& config, const Path& file) {
  const auto it = config.find("hidden_act");
  // The default of transformers.
  if (it == config.end() || *it == "quick_gelu") return ClipActivation::quick_gelu;
  if (*it == "gelu") return ClipActivation::gelu;
  throw Error(ErrorCode::io, file.string() + ": \"hidden_act\" is " + it->dump().substr(0, 80) +
                                 ": this version computes \"quick_gelu\" and \"gelu\"");
}

ClipVisionRules rules_of(const Path& folder) {
  const Path file = folder / "config.json";
  Json config = read_config(file);
  // Of a folder with both halves of CLIP.
  if (config.contains("vision_config")) config = Json(config["vision_config"]);
  if (!config.is_object()) {
    throw Error(ErrorCode::io, file.string() + ": \"vision_config\" must be an object");
  }
  expect_settings(config, file, {{"layer_norm_eps", 1e-5}});
  ClipVisionRules rules{.activation = activation_of(config, file)};
  const auto heads = config.find("num_attention_heads");
  if (heads != config.end()) {
    if (!heads->is_number_unsigned() || *heads < 1 || *heads > 1024) {
      throw Error(ErrorCode::io, file.string() + ": \"num_attention_heads\" is " +
                                     heads->dump().substr(0, 80) + ": expected 1 to 1024");
    }
    rules.heads = heads->get<std::int64_t>();
  }
  return rules;
}

ImageEncoderParts open_model_folder(const Path& folder) {
  const WeightFiles files = open_weight_files(folder, kTransformersWeights);
  ImageEncoderParts parts;
  parts.weights = image_half(files.tensors, files.origin, "");
  if (!parts.weights) without_image_encoder(files.origin);
  parts.rules = rules_of(folder);
  return parts;
}

ImageEncoderParts open_pipeline_folder(const Path& folder) {
  if (!is_folder(folder / "image_encoder")) without_image_encoder(folder.string());
  ImageEncoderParts parts = open_model_folder(folder / "image_encoder");
  const Path normalizer = folder / "image_normalizer";
  if (is_folder(normalizer)) {
    const TensorArchive archive = open_weight_files(normalizer, kDiffusersWeights).tensors;
    parts.statistics = {tensor_or_none(archive, "mean"), tensor_or_none(archive, "std")};
  }
  return parts;
}

ImageEncoderParts open_single_file(const Path& file) {
  const TensorArchive archive = open_weights_file(file);
  ImageEncoderParts parts;
  parts.weights = image_half(archive, file.string(), kUnclipPrefix);
  if (!parts.weights) {
    parts.weights = image_half(archive, file.string(), "");
    if (!parts.weights) without_image_encoder(file.string());
    return parts;
  }
  if (ClipVisionConfig::detect(*parts.weights).projection == kOpenAiWidth) {
    parts.rules.activation = ClipActivation::quick_gelu;
  }
  parts.statistics = {tensor_or_none(archive, "noise_augmentor.data_mean"),
                      tensor_or_none(archive, "noise_augmentor.data_std")};
  return parts;
}

}  // namespace

EmbeddingStatistics open_embedding_statistics(const Path& file) {
  const TensorArchive archive = open_weights_file(file);
  for (const auto& [mean, deviation] : {std::pair{"0", "1"}, {"mean", "std"}}) {
    const EmbeddingStatistics found{tensor_or_none(archive, mean),
                                    tensor_or_none(archive, deviation)};
    if (found.mean.defined() && found.deviation.defined()) return found;
  }
  throw Error(ErrorCode::io,
              file.string() + ": expected the mean and the deviation of image embeddings",
              "give Karlo's ViT-L-14_stats.th, or a file with the tensors \"mean\" and \"std\"");
}

ImageEncoderParts open_image_encoder(const Path& path) {
  std::error_code code;
  if (path.empty() || !std::filesystem::exists(path, code)) {
    throw Error(ErrorCode::io, path.string() + ": there is no such file or folder",
                "relative paths count from the current folder");
  }
  if (!is_folder(path)) return open_single_file(path);
  return is_file(path / "model_index.json") ? open_pipeline_folder(path) : open_model_folder(path);
}

}  // namespace calotype
