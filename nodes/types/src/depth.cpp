#include "calotype/types/depth.h"

#include <memory>

#include "calotype/error.h"
#include "calotype/types/aten.h"
#include "calotype/types/torch_scope.h"
#include "preview.h"
#include "tensor_members.h"

namespace calotype {

namespace {

constexpr TensorMembers<DepthMap, 2> kDepthTensors{
    {{"depth", &DepthMap::values, {"[B, 1, H, W]", 4, 1}},
     {"estimate", &DepthMap::estimate, {"[B, 1, h, w]", 4, 1}}}};

}  // namespace

DepthModel::~DepthModel() = default;

const PortType& PortTraits<DepthMap>::type() {
  static const PortType type = [] {
    PortType t;
    t.name = "DepthMap";
    t.doc = "Relative inverse depth, not metres: float32 [B, 1, H, W], 0 far to 1 near.";
    t.memory = [](const void* v) {
      return memory_of(*static_cast<const DepthMap*>(v), kDepthTensors);
    };
    t.save = [](const std::shared_ptr<const void>& v) {
      return archive_of(*static_cast<const DepthMap*>(v.get()), kDepthTensors);
    };
    t.load = [](const TensorArchive& archive) -> std::shared_ptr<const void> {
      return std::make_shared<const DepthMap>(read_members(archive, kDepthTensors));
    };
    t.to_host = [](const void* v) -> std::shared_ptr<const void> {
      return std::make_shared<const DepthMap>(
          host_copy(*static_cast<const DepthMap*>(v), kDepthTensors));
    };
    t.preview = [](const void* v) {
      return picture_preview(static_cast<const DepthMap*>(v)->values);
    };
    t.around_run = torch_scope;
    return t;
  }();
  return type;
}

const PortType& PortTraits<DepthModelHandle>::type() {
  static const PortType type = [] {
    PortType t;
    t.name = "DepthModel";
    t.doc = "Estimates the depth of a picture.";
    t.memory = [](const void* v) { return (*static_cast<const DepthModelHandle*>(v))->memory(); };
    t.around_run = torch_scope;
    return t;
  }();
  return type;
}

}  // namespace calotype
