#pragma once
#include <memory>

#include "calotype/types/image_encoder.h"
#include "checkpoint/weights.h"
#include "image_encoder/clip_vision_model.h"

namespace calotype {

/// CLIP's image half over its weights, in the names of ClipVisionConfig. `statistics` may be
/// undefined tensors, or each [width] or [1, width] and finite. All names and shapes are checked at
/// once; data is read at the first encode(). Throws Error(io): sizes that cannot be found, tensors
/// that are missing, misshapen or unused, statistics of another shape. encode() throws Error(run)
/// for tensors that are no pictures.
ImageEncoderHandle make_clip_image_encoder(std::shared_ptr<const Weights>, Placement,
                                           const ClipVisionRules&, const EmbeddingStatistics&);

}  // namespace calotype
