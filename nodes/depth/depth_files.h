#pragma once
/// A depth model on disk, whatever its layout. Opening maps the file and reads names; no weights.
#include <filesystem>
#include <memory>
#include <string>

#include "checkpoint/weights.h"
#include "depth/depth_config.h"
#include "depth/depth_preparation.h"

namespace calotype {

/// How an estimate is brought to the picture's size.
enum class DepthResize { bicubic, bilinear_corners };

struct DepthParts {
  std::shared_ptr<const Weights> weights;  ///< under internal names
  DepthConfig config;
  DepthPreparation preparation;
  DepthResize resize = DepthResize::bicubic;
};

/// A weights file of any layout (see DepthLayout), a folder of transformers (`config.json`,
/// `preprocessor_config.json`, weights), or a diffusers folder with `depth_estimator` and
/// `feature_extractor`. Files are prepared and resized as their authors' programs do, folders as
/// transformers does. Names and shapes are checked. Throws Error(io).
DepthParts open_depth_model(const std::filesystem::path& path);

}  // namespace calotype
