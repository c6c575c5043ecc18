#pragma once
#include <cstring>
#include <initializer_list>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "calotype/tensor_archive.h"

namespace calotype::test {

using NamedShape = std::pair<std::string, std::vector<std::int64_t>>;

/// A float32 tensor that counts 0, 1, 2, ...
inline ArchiveTensor counting_tensor(std::string name, std::vector<std::int64_t> shape) {
  std::size_t n = 1;
  for (const std::int64_t side : shape) n *= static_cast<std::size_t>(side);
  const auto values = std::make_shared<std::vector<float>>(n);
  for (std::size_t i = 0; i < n; ++i) (*values)[i] = static_cast<float>(i);
  ArchiveTensor t;
  t.name = std::move(name);
  t.shape = std::move(shape);
  t.bytes = {reinterpret_cast<const std::byte*>(values->data()), n * sizeof(float)};
  t.owner = values;
  return t;
}

inline TensorArchive archive_of(const std::vector<NamedShape>& tensors) {
  TensorArchive archive;
  for (const auto& [name, shape] : tensors) {
    archive.tensors.push_back(counting_tensor(name, shape));
  }
  return archive;
}

}  // namespace calotype::test
