#pragma once
/// What the engine knows of a type that travels between nodes. Port types are an open set: a plugin
/// adds one by specialising `PortTraits<T>` and using T in a node. Identity is the *name*.
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "calotype/api.h"
#include "calotype/tensor_archive.h"

namespace calotype {

/// Bytes that a value keeps alive, by where they lie.
struct MemoryUse {
  std::size_t host = 0;
  std::size_t device = 0;
};

/// A picture that shows a value to people: 8-bit RGB, rows from the top, no padding.
struct Preview {
  int width = 0;
  int height = 0;
  std::vector<std::uint8_t> rgb;  ///< width x height x 3
};

/// One object per type and process, with static storage. Hooks may be null and must be
/// thread-safe; each gets a pointer to a live value of the type.
struct PortType {
  std::string name;  ///< PascalCase, `vendor.Name` for third parties; this is the identity
  int version = 1;   ///< raise when the saved form changes
  std::string doc;   ///< one sentence: shape, range, unit

  /// Cost in the memory cache. Null counts as zero.
  MemoryUse (*memory)(const void*) = nullptr;
  /// Both set: the disk cache keeps values of this type. The archive may share the value's memory.
  TensorArchive (*save)(const std::shared_ptr<const void>&) = nullptr;
  std::shared_ptr<const void> (*load)(const TensorArchive&) = nullptr;
  /// A copy that lies in host memory; null when values never lie elsewhere.
  std::shared_ptr<const void> (*to_host)(const void*) = nullptr;
  /// How a notebook or a file browser shows the value; null when it has no picture.
  Preview (*preview)(const void*) = nullptr;
  /// Runs `body` in the thread state that values of this type need (for tensors: inference mode,
  /// and foreign exceptions turned into calotype::Error). Null: called directly.
  void (*around_run)(const std::function<void()>& body) = nullptr;
};

/// Specialise for each type that may stand in `Inputs` or `Outputs`:
///   template <> struct PortTraits<Image> { static const PortType& type(); };
/// `type()` must be defined out of line in exactly one library.
template <class T>
struct PortTraits;

}  // namespace calotype
