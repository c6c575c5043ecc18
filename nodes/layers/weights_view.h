#pragma once
/// Part of the weights of a model, and how a network is built from weights.
#include <memory>
#include <string>
#include <vector>

#include "calotype/types/host_memory.h"
#include "checkpoint/weights.h"

namespace calotype {

/// The tensors whose names start with one of `prefixes`, under their full names.
class WeightsView final : public Weights {
 public:
  WeightsView(std::shared_ptr<const Weights>, std::vector<std::string> prefixes);

  std::string origin() const override { return weights_->origin(); }
  std::vector<std::string> names() const override { return names_; }
  const std::vector<std::int64_t>* shape(std::string_view name) const override;
  at::Tensor tensor(std::string_view name) const override { return weights_->tensor(name); }
  void drop_pages(std::string_view name) const override { weights_->drop_pages(name); }
  std::size_t bytes() const override;

 private:
  std::shared_ptr<const Weights> weights_;
  std::vector<std::string> prefixes_;
  std::vector<std::string> names_;
};

/// Bytes of all tensors in `placement`'s element type, on its device.
MemoryUse memory_of(const Weights&, const Placement&);

/// A network of type T(WeightReader&, const Config&). Names and shapes are checked before any data
/// is read. Throws Error(io) as WeightReader::finish does.
template <class T, class Config>
std::shared_ptr<const T> build_network(const Weights& weights, const Placement& placement,
                                       const std::string& model, const Config& config) {
  WeightReader check(weights, {c10::Device(c10::DeviceType::Meta), placement.dtype}, model);
  [[maybe_unused]] const T outline(check, config);
  check.finish();
  const UnmapAfterUse stays;
  WeightReader reader(weights, placement, model);
  auto network = std::make_shared<const T>(reader, config);
  reader.finish();
  return network;
}

}  // namespace calotype
