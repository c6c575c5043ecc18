#include "calotype/types/upscaler.h"

#include "calotype/types/torch_scope.h"

namespace calotype {

Upscaler::~Upscaler() = default;

const PortType& PortTraits<UpscalerHandle>::type() {
  static const PortType type = [] {
    PortType t;
    t.name = "Upscaler";
    t.doc = "A network that enlarges pictures.";
    t.memory = [](const void* v) { return (*static_cast<const UpscalerHandle*>(v))->memory(); };
    t.around_run = torch_scope;
    return t;
  }();
  return type;
}

}  // namespace calotype
