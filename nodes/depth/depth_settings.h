#pragma once
/// What the JSON files beside transformers weights say of a depth model. Absent files and settings
/// mean the defaults of transformers. Everything throws Error(io) for settings that this version
/// does not compute.
#include <filesystem>

#include "depth/depth_config.h"
#include "depth/depth_preparation.h"

namespace calotype {

/// Of a config.json.
DepthHints read_depth_hints(const std::filesystem::path& config_file, DepthDesign);

/// Of a preprocessor_config.json.
DepthPreparation read_depth_preparation(const std::filesystem::path& preprocessor_file,
                                        DepthDesign);

}  // namespace calotype
