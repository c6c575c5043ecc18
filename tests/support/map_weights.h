#pragma once
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "calotype/error.h"
#include "calotype/types/aten.h"
#include "checkpoint/weights.h"

namespace calotype::test {

/// Weights out of a map, for networks under test. Counts how often data was read.
class MapWeights final : public Weights {
 public:
  explicit MapWeights(std::map<std::string, at::Tensor, std::less<>> tensors)
      : tensors_(std::move(tensors)) {
    for (const auto& [name, tensor] : tensors_) shapes_[name] = tensor.sizes().vec();
  }

  std::string origin() const override { return "model.safetensors"; }
  std::vector<std::string> names() const override {
    std::vector<std::string> names;
    for (const auto& [name, tensor] : tensors_) names.push_back(name);
    return names;
  }
  const std::vector<std::int64_t>* shape(std::string_view name) const override {
    const auto found = shapes_.find(name);
    return found == shapes_.end() ? nullptr : &found->second;
  }
  at::Tensor tensor(std::string_view name) const override {
    const auto found = tensors_.find(name);
    if (found == tensors_.end()) throw Error(ErrorCode::io, "no tensor " + quote(name));
    read.push_back(found->first);
    return found->second;
  }
  std::size_t bytes() const override {
    std::size_t total = 0;
    for (const auto& [name, tensor] : tensors_) total += tensor.nbytes();
    return total;
  }

  mutable std::vector<std::string> read;  ///< names, in order

 private:
  std::map<std::string, at::Tensor, std::less<>> tensors_;
  std::map<std::string, std::vector<std::int64_t>, std::less<>> shapes_;
};

}  // namespace calotype::test
