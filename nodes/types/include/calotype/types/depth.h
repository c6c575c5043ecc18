#pragma once
/// How near things in a picture are, and the models that tell.
#include <ATen/core/Tensor.h>

#include <cstdint>
#include <memory>
#include <string>

#include "calotype/port_type.h"
#include "calotype/types/models.h"

namespace calotype {

/// Relative inverse depth of pictures: 1 is the nearest point of a picture, 0 the farthest, and the
/// numbers between fall with the distance's inverse. Not metres, and not comparable between
/// pictures. Tensors are float32 and contiguous, on any device.
struct DepthMap {
  at::Tensor values;  ///< [B, 1, H, W], 0..1, of the picture's size
  /// [B, 1, h, w]: what the model gave, in its own size and range, so that it is resized only once
  /// for another use. Undefined for maps that no model made.
  at::Tensor estimate;
};

/// A network that estimates depth, with the preparation of pictures that it was trained with.
/// Immutable and thread-safe; weights may be loaded on first use. Never written to disk.
class CALOTYPE_API DepthModel {
 public:
  DepthModel() = default;
  DepthModel(const DepthModel&) = delete;
  DepthModel& operator=(const DepthModel&) = delete;
  virtual ~DepthModel();

  virtual std::string family() const = 0;  ///< for people: "DPT-Hybrid"
  virtual Placement placement() const = 0;
  /// `pixels`: [1, 3, H, W], 0..1, of any size. Returns inverse depth from 0, near = large, float32
  /// [1, 1, h, w] in the network's own size, on its device. Throws Error(run) for another shape.
  virtual at::Tensor estimate(const at::Tensor& pixels) const = 0;
  /// An estimate [B, 1, h, w] in the size of a picture, as the model's authors resize it.
  virtual at::Tensor resize(const at::Tensor& estimate, std::int64_t height,
                            std::int64_t width) const = 0;
  virtual MemoryUse memory() const = 0;
};

using DepthModelHandle = std::shared_ptr<const DepthModel>;

template <>
struct PortTraits<DepthMap> {
  CALOTYPE_API static const PortType& type();
};
template <>
struct PortTraits<DepthModelHandle> {
  CALOTYPE_API static const PortType& type();
};

}  // namespace calotype
