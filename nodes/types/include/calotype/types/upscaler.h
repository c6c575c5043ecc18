#pragma once
/// Networks that enlarge pictures, as an interface that plugins may implement.
#include <ATen/core/Tensor.h>

#include <cstdint>
#include <memory>
#include <string>

#include "calotype/port_type.h"
#include "calotype/types/models.h"

namespace calotype {

/// Enlarges pictures by a whole number. Immutable and thread-safe; weights may be loaded on first
/// use. Never written to disk.
class CALOTYPE_API Upscaler {
 public:
  Upscaler() = default;
  Upscaler(const Upscaler&) = delete;
  Upscaler& operator=(const Upscaler&) = delete;
  virtual ~Upscaler();

  virtual std::string architecture() const = 0;  ///< for people: "RRDBNet, 23 blocks"
  virtual std::int64_t scale() const = 0;        ///< at least 1
  virtual Placement placement() const = 0;
  /// Side of the tiles that pictures are cut into, in pixels; 0: by bytes_per_pixel() and the
  /// machine's memory.
  virtual std::int64_t tile() const = 0;
  /// Working memory of `upscale` for each pixel that it is given.
  virtual double bytes_per_pixel() const = 0;
  /// `pixels`: [B, 3, H, W], 0..1, any device. Returns float32 [B, 3, H scale(), W scale()] on the
  /// model's device, not clamped.
  virtual at::Tensor upscale(const at::Tensor& pixels) const = 0;
  virtual MemoryUse memory() const = 0;
};

using UpscalerHandle = std::shared_ptr<const Upscaler>;

template <>
struct PortTraits<UpscalerHandle> {
  CALOTYPE_API static const PortType& type();
};

}  // namespace calotype
