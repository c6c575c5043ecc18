#pragma once
// From a recipe and the bytes of its storage to a tensor of an archive.
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "calotype/tensor_archive.h"
#include "formats/torch_objects.h"

namespace calotype::torch_format {

/// The bytes of a storage and what is to be checked about them before they are used.
struct StorageBytes {
  std::string_view bytes;
  std::function<void()> check;  ///< may be empty
};

/// Makes tensors of one file. Strides that leave gaps or repeat elements become copies; everything
/// else shares the bytes.
class TensorMaker {
 public:
  /// All must outlive this. `copies` is how many bytes of copies the file is worth.
  TensorMaker(const pickle::Nodes&, const Objects&, const std::vector<StorageBytes>&,
              std::shared_ptr<const void> owner, std::uint64_t copies, const std::string& file);

  /// Throws Error(io): a shape, stride or offset that leaves the storage, too many copies.
  ArchiveTensor make(std::string name, const Recipe&);

 private:
  const pickle::Nodes& nodes_;
  const Objects& objects_;
  const std::vector<StorageBytes>& storages_;
  std::shared_ptr<const void> owner_;
  std::uint64_t copies_left_;
  const std::string& file_;
};

}  // namespace calotype::torch_format
