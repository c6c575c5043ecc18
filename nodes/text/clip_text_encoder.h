#pragma once
#include <memory>

#include "checkpoint/weights.h"

namespace calotype {

/// A text encoder over the weights of a CLIP text model. The sizes are detected at once (throws
/// Error(io) as ClipTextConfig::detect does); data is read at the first encode(). encode() throws
/// Error(run) for ids outside the vocabulary and a clip_skip that leaves no layer.
TextEncoderHandle make_clip_text_encoder(std::shared_ptr<const Weights>, Placement,
                                         std::shared_ptr<const ClipTokenizer>);

}  // namespace calotype
