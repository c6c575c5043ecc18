#pragma once
#include <memory>
#include <string>
#include <vector>

#include "calotype/tensor_archive.h"
#include "formats/torch_objects.h"
#include "formats/torch_tensor.h"

namespace calotype::torch_format {

/// What both layouts come down to.
struct Parsed {
  const pickle::Nodes& nodes;
  const Objects& objects;
  pickle::NodeId root;
  const std::vector<StorageBytes>& storages;  ///< as in `objects`
  std::shared_ptr<const void> owner;          ///< of the storages
  std::uint64_t file_size;
};

/// The named tensors of the file. Throws Error(io).
TensorArchive assemble(const Parsed&, const std::string& file);

}  // namespace calotype::torch_format
