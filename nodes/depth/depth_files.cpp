#include "depth/depth_files.h"

#include <fmt/format.h>

#include <string>
#include <system_error>
#include <utility>
#include <vector>

#include "calotype/error.h"
#include "calotype/types/aten.h"
#include "calotype/weights_file.h"
#include "checkpoint/file_system.h"
#include "checkpoint/named_weights.h"
#include "depth/depth_names.h"
#include "depth/depth_network.h"
#include "depth/depth_settings.h"

namespace calotype {

namespace {

using Path = std::filesystem::path;

struct Opened {
  std::shared_ptr<const Weights> weights;
  DepthLayout layout;
};

Opened open_weights(const Path& path) {
  const TensorArchive archive = open_weights_file(path);
  std::vector<std::string> names;
  for (const ArchiveTensor& t : archive.tensors) names.push_back(t.name);
  const DepthLayout layout = recognise_depth_layout(names, path.string());
  return {name_weights(path.string(), archive, depth_names(layout)), layout};
}

DepthDesign design_of(DepthLayout layout) {
  return layout == DepthLayout::depth_anything || layout == DepthLayout::transformers_depth_anything
             ? DepthDesign::depth_anything
             : DepthDesign::dpt_hybrid;
}

/// As Depth Anything V2's program prepares pictures.
DepthPreparation depth_anything_preparation() {
  return {.width = 518,
          .height = 518,
          .rule = DepthSizeRule::lower_bound,
          .multiple = 14,
          .filter = DepthFilter::cubic,
          .mean = {0.485, 0.456, 0.406},
          .deviation = {0.229, 0.224, 0.225}};
}

DepthParts open_file(const Path& path) {
  Opened opened = open_weights(path);
  DepthParts parts;
  DepthHints hints;
  if (design_of(opened.layout) == DepthDesign::depth_anything) {
    parts.preparation = depth_anything_preparation();
    parts.resize = DepthResize::bilinear_corners;
    hints.position_offset = opened.layout == DepthLayout::depth_anything ? 0.1 : 0.0;
  }
  parts.config = DepthConfig::detect(*opened.weights, hints);
  parts.preparation.multiple = parts.config.multiple();
  parts.weights = std::move(opened.weights);
  return parts;
}

DepthParts open_folder(const Path& folder, const Path& preprocessor) {
  const Path* found = nullptr;
  const Path candidates[] = {folder / "model.safetensors", folder / "model.fp16.safetensors",
                             folder / "pytorch_model.bin"};
  for (const Path& path : candidates) {
    if (!found && is_file(path)) found = &path;
  }
  if (!found) {
    throw Error(ErrorCode::io, folder.string() +
                                   ": there are no weights: expected \"model.safetensors\" or "
                                   "\"pytorch_model.bin\"");
  }
  Opened opened = open_weights(*found);
  if (opened.layout != DepthLayout::transformers_dpt &&
      opened.layout != DepthLayout::transformers_depth_anything) {
    return open_file(*found);
  }
  const DepthDesign design = design_of(opened.layout);
  DepthParts parts;
  parts.config =
      DepthConfig::detect(*opened.weights, read_depth_hints(folder / "config.json", design));
  parts.preparation = read_depth_preparation(preprocessor, design);
  parts.weights = std::move(opened.weights);
  const DepthPreparation& p = parts.preparation;
  const std::int64_t multiple = parts.config.multiple();
  const PreparedSize whole = prepared_size(p, 1, 1);
  const bool fits = p.rule == DepthSizeRule::exact
                        ? whole.height % multiple == 0 && whole.width % multiple == 0
                        : p.multiple % multiple == 0;
  if (!fits) {
    throw Error(ErrorCode::io,
                fmt::format("{}: pictures of {} x {} px in multiples of {} do not fit this model, "
                            "which computes multiples of {}",
                            preprocessor.string(), p.width, p.height, p.multiple, multiple));
  }
  return parts;
}

DepthParts open_any(const Path& path) {
  if (path.empty()) throw Error(ErrorCode::io, "the path of the depth model is empty");
  std::error_code code;
  if (!std::filesystem::exists(path, code)) {
    throw Error(ErrorCode::io, path.string() + ": there is no such file or folder",
                "relative paths count from the current folder");
  }
  if (!is_folder(path)) return open_file(path);
  if (is_folder(path / "depth_estimator")) {
    return open_folder(path / "depth_estimator",
                       path / "feature_extractor" / "preprocessor_config.json");
  }
  return open_folder(path, path / "preprocessor_config.json");
}

}  // namespace

DepthParts open_depth_model(const Path& path) {
  DepthParts parts = open_any(path);
  WeightReader reader(*parts.weights, {c10::Device(c10::DeviceType::Meta), at::kFloat},
                      "depth model");
  [[maybe_unused]] const DepthNetwork outline(reader, parts.config);
  reader.finish();
  return parts;
}

}  // namespace calotype
