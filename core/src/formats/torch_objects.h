#pragma once
// What the names in a PyTorch pickle stand for: storages, tensors over them, dictionaries.
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "calotype/tensor_archive.h"
#include "formats/pickle_machine.h"

namespace calotype::torch_format {

/// A block of elements outside the pickle, as its persistent id describes it.
struct Storage {
  std::string_view key;  ///< points into the pickle
  DType dtype = DType::f32;
  std::uint64_t elements = 0;
  std::uint64_t bytes = 0;
};

/// A part of a storage; all of it but in files of the first PyTorch releases.
struct StorageRange {
  std::uint32_t storage = 0;
  std::uint64_t begin = 0;  ///< bytes
  std::uint64_t size = 0;   ///< bytes
};

/// A tensor before its bounds were checked. Shape and strides are tuples of as many integers.
struct Recipe {
  std::uint32_t range = 0;
  DType dtype = DType::f32;
  std::uint64_t offset = 0;  ///< elements
  pickle::NodeId shape = 0;
  pickle::NodeId strides = 0;
};

/// Knows `torch._utils._rebuild_tensor`, `_v2`, `_v3`, `_rebuild_parameter`,
/// `collections.OrderedDict` and numpy's scalars. Throws Error(io) when one of them is given
/// something else than PyTorch writes.
class Objects final : public pickle::Meaning {
 public:
  std::optional<pickle::NodeId> call(pickle::Nodes&, const std::string& global,
                                     pickle::NodeId arguments, const pickle::Place&) override;
  pickle::NodeId persistent(pickle::Nodes&, pickle::NodeId id, const pickle::Place&) override;

  const std::vector<Storage>& storages() const { return storages_; }
  const StorageRange& range(const Recipe& r) const { return ranges_[r.range]; }
  /// Of a node of kind tensor.
  const Recipe& recipe(const pickle::Nodes& nodes, pickle::NodeId id) const {
    return recipes_[nodes[id].first];
  }

 private:
  std::uint32_t storage_index(const Storage&, const pickle::Place&);

  std::vector<Storage> storages_;
  std::unordered_map<std::string_view, std::uint32_t> by_key_;
  std::vector<StorageRange> ranges_;
  std::vector<Recipe> recipes_;
};

/// True for names that a file of weights needs: they are not worth a word to the user.
bool is_known_global(std::string_view name);

/// Element type of `torch.FloatStorage` and the like; untyped storages count bytes.
std::optional<DType> storage_dtype(std::string_view global);
/// Element type of `torch.float16` and the like.
std::optional<DType> element_dtype(std::string_view global);

/// `numpy.core.multiarray.scalar(dtype, bytes)` as an integer or a real number; empty for element
/// types that metadata has no use for.
std::optional<pickle::NodeId> numpy_scalar(pickle::Nodes&, pickle::NodeId arguments);

}  // namespace calotype::torch_format
