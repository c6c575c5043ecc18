#include "layers/weights_view.h"

#include <algorithm>
#include <utility>

#include "calotype/types/aten.h"

namespace calotype {

namespace {

bool starts_with_one_of(std::string_view name, const std::vector<std::string>& prefixes) {
  return std::any_of(prefixes.begin(), prefixes.end(),
                     [&](const std::string& prefix) { return name.starts_with(prefix); });
}

}  // namespace

WeightsView::WeightsView(std::shared_ptr<const Weights> weights, std::vector<std::string> prefixes)
    : weights_(std::move(weights)), prefixes_(std::move(prefixes)) {
  for (std::string& name : weights_->names()) {
    if (starts_with_one_of(name, prefixes_)) names_.push_back(std::move(name));
  }
}

const std::vector<std::int64_t>* WeightsView::shape(std::string_view name) const {
  return starts_with_one_of(name, prefixes_) ? weights_->shape(name) : nullptr;
}

std::size_t WeightsView::bytes() const {
  std::size_t total = 0;
  for (const std::string& name : names_) total += weights_->tensor(name).nbytes();
  return total;
}

MemoryUse memory_of(const Weights& weights, const Placement& placement) {
  std::size_t bytes = 0;
  for (const std::string& name : weights.names()) {
    std::size_t elements = c10::elementSize(placement.dtype);
    for (const std::int64_t n : *weights.shape(name)) elements *= static_cast<std::size_t>(n);
    bytes += elements;
  }
  return placement.device.is_cpu() ? MemoryUse{.host = bytes} : MemoryUse{.device = bytes};
}

}  // namespace calotype
