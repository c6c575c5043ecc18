#pragma once
#include <ATen/core/Tensor.h>

#include <cstdint>
#include <memory>

#include "calotype/port_type.h"

namespace calotype {

/// What the embeddings of a model's training pictures were like, to bring one to mean 0 and
/// deviation 1: float32 [width].
struct EmbeddingStatistics {
  at::Tensor mean;
  at::Tensor deviation;
};

/// Pictures to vectors that say what they show. Handles are immutable and thread-safe; weights may
/// be loaded on first use. Never written to disk.
class CALOTYPE_API ImageEncoder {
 public:
  ImageEncoder() = default;
  ImageEncoder(const ImageEncoder&) = delete;
  ImageEncoder& operator=(const ImageEncoder&) = delete;
  virtual ~ImageEncoder();

  virtual std::int64_t width() const = 0;  ///< of the embedding
  /// Of the unCLIP model that the encoder comes with; zeros and ones when it has none.
  virtual EmbeddingStatistics statistics() const = 0;
  /// `pixels`: float32 [B, 3, H, W], RGB, 0..1, any size. Returns float32 [B, width()] in host
  /// memory or on the model's device.
  virtual at::Tensor encode(const at::Tensor& pixels) const = 0;
  virtual MemoryUse memory() const = 0;
};

using ImageEncoderHandle = std::shared_ptr<const ImageEncoder>;

template <>
struct PortTraits<ImageEncoderHandle> {
  CALOTYPE_API static const PortType& type();
};

}  // namespace calotype
