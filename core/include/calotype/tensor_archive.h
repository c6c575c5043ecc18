#pragma once
/// Named tensors as plain bytes: what safetensors files and disk-cache entries hold. Torch-free.
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "calotype/api.h"

namespace calotype {

/// Element types of the safetensors format, in its own spelling by `dtype_name`.
enum class DType : std::uint8_t {
  boolean,
  u8,
  i8,
  f8_e5m2,
  f8_e4m3,
  f8_e8m0,
  f8_e4m3fnuz,
  f8_e5m2fnuz,
  i16,
  u16,
  f16,
  bf16,
  i32,
  u32,
  f32,
  i64,
  u64,
  f64,
  c64,
  f4,
  f6_e2m3,
  f6_e3m2,
};
CALOTYPE_API std::string_view dtype_name(DType);  ///< "F32", "BF16", ...
CALOTYPE_API int dtype_bits(DType);               ///< 4 to 64

/// One tensor, row-major, little-endian. `bytes` stays valid as long as `owner` lives; they may lie
/// at any address. Whoever uses them calls `verify` first.
struct ArchiveTensor {
  std::string name;
  DType dtype = DType::f32;
  std::vector<std::int64_t> shape;
  std::span<const std::byte> bytes;
  std::shared_ptr<const void> owner;
  bool mapped = false;               ///< `bytes` lie in a mapping of map_file
  std::function<void()> check = {};  ///< a pass over the bytes that waits for their first use

  /// Throws Error(io) when the bytes are damaged. Nothing to do for most files; thread-safe.
  void verify() const {
    if (check) check();
  }
};

/// A set of named tensors with string metadata. Copying shares the bytes.
struct TensorArchive {
  std::map<std::string, std::string> metadata;
  std::vector<ArchiveTensor> tensors;

  /// Null when there is no such tensor. Linear search.
  CALOTYPE_API const ArchiveTensor* find(std::string_view name) const;
};

}  // namespace calotype
