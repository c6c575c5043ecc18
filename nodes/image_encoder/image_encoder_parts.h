#pragma once
#include <filesystem>
#include <memory>

#include "calotype/types/image_encoder.h"
#include "checkpoint/weights.h"
#include "image_encoder/clip_vision_model.h"

namespace calotype {

/// What an image encoder is made of, as it lies on disk.
struct ImageEncoderParts {
  std::shared_ptr<const Weights> weights;  ///< of the image half alone
  ClipVisionRules rules;
  EmbeddingStatistics statistics;  ///< undefined where the files have none
};

/// Opens one of:
/// - a single-file unCLIP checkpoint (`embedder.model.visual.`; statistics in
///   `noise_augmentor.data_mean` and `data_std` if it has them), or a file of OpenCLIP (`visual.`);
/// - a folder of transformers with CLIP's image half (`config.json`; see open_weight_files);
/// - a diffusers folder with `image_encoder/`, and statistics in `image_normalizer/`.
/// Activation and heads come from config.json. Without one it is gelu, as in LAION's models, but
/// quick_gelu where an unCLIP checkpoint holds OpenAI's ViT-L, told by embeddings of 768 numbers.
/// Maps files and reads headers; no weights but the statistics. Throws Error(io): missing, damaged,
/// or without an image encoder, or a setting in config.json that this version does not compute.
ImageEncoderParts open_image_encoder(const std::filesystem::path& path);

/// Mean and deviation of image embeddings in a file of their own: two tensors in this order, as
/// Karlo's `ViT-L-14_stats.th` has them (a tuple saved by PyTorch), or `mean` and `std`. Throws
/// Error(io): missing, damaged, or other tensors.
EmbeddingStatistics open_embedding_statistics(const std::filesystem::path& file);

}  // namespace calotype
