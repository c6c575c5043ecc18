#include "calotype/types/depth.h"

#include <array>
#include <memory>
#include <utility>

#include "calotype/error.h"
#include "calotype/types/aten.h"
#include "calotype/types/tensor_io.h"
#include "calotype/types/torch_scope.h"

namespace calotype {

namespace {

constexpr std::array<std::pair<const char*, at::Tensor DepthMap::*>, 2> kTensors{
    {{"depth", &DepthMap::values}, {"estimate", &DepthMap::estimate}}};

MemoryUse memory(const void* value) {
  MemoryUse use;
  for (const auto& [name, member] : kTensors) {
    const at::Tensor& t = static_cast<const DepthMap*>(value)->*member;
    if (t.defined()) (t.is_cpu() ? use.host : use.device) += t.nbytes();
  }
  return use;
}

TensorArchive save(const std::shared_ptr<const void>& value) {
  const auto& map = *static_cast<const DepthMap*>(value.get());
  TensorArchive archive;
  for (const auto& [name, member] : kTensors) {
    if ((map.*member).defined()) archive.tensors.push_back(to_archive(name, map.*member));
  }
  return archive;
}

std::shared_ptr<const void> load(const TensorArchive& archive) {
  DepthMap map;
  for (const auto& [name, member] : kTensors) {
    if (const ArchiveTensor* t = archive.find(name)) map.*member = to_tensor(*t);
  }
  if (!map.values.defined()) throw Error(ErrorCode::io, "the archive has no tensor \"depth\"");
  return std::make_shared<const DepthMap>(std::move(map));
}

std::shared_ptr<const void> to_host(const void* value) {
  DepthMap copy = *static_cast<const DepthMap*>(value);
  for (const auto& [name, member] : kTensors) {
    if ((copy.*member).defined()) copy.*member = (copy.*member).cpu();
  }
  return std::make_shared<const DepthMap>(std::move(copy));
}

}  // namespace

DepthModel::~DepthModel() = default;

const PortType& PortTraits<DepthMap>::type() {
  static const PortType type = [] {
    PortType t;
    t.name = "DepthMap";
    t.doc = "Relative inverse depth, not metres: float32 [B, 1, H, W], 0 far to 1 near.";
    t.memory = memory;
    t.save = save;
    t.load = load;
    t.to_host = to_host;
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
