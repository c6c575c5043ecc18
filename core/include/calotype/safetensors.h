#pragma once
/// Reader and writer of the safetensors format. Torch-free; every byte of a file is treated as
/// hostile until it was checked. Rules: docs/formats.md.
#include <filesystem>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "calotype/api.h"
#include "calotype/atomic_file.h"
#include "calotype/tensor_archive.h"

namespace calotype {

/// Limits beyond the format's own.
inline constexpr std::uint64_t kMaxSafetensorsHeader = 100'000'000;
inline constexpr std::size_t kMaxSafetensorsTensors = 262'144;
inline constexpr std::size_t kMaxSafetensorsRank = 8;
inline constexpr std::int64_t kMaxSafetensorsDim = (std::int64_t{1} << 48) - 1;
inline constexpr std::size_t kMaxSafetensorsName = 1'024;       ///< bytes
inline constexpr std::size_t kMaxSafetensorsMetadata = 65'536;  ///< entries
inline constexpr std::size_t kMaxSafetensorsFields = 64;        ///< keys in one tensor's entry

/// One entry of the header; offsets count from the start of the data section.
struct TensorInfo {
  std::string name;
  DType dtype = DType::f32;
  std::vector<std::int64_t> shape;
  std::uint64_t begin = 0;
  std::uint64_t end = 0;
};

struct SafetensorsHeader {
  std::map<std::string, std::string> metadata;
  std::vector<TensorInfo> tensors;  ///< by offset
};

/// Checks the header text against a data section of `data_size` bytes. `file` is for messages.
/// Throws Error(io) with one diagnostic that names the rule broken and the tensor.
CALOTYPE_API SafetensorsHeader parse_safetensors_header(std::string_view json,
                                                        std::uint64_t data_size,
                                                        const std::string& file);

/// A file that is open and mapped (copy on write: never changes the file). Immutable after
/// opening; thread-safe. Tensors handed out keep the mapping alive.
class CALOTYPE_API SafetensorsFile {
 public:
  /// Throws Error(io): missing, a folder or device, too short, any broken rule.
  explicit SafetensorsFile(const std::filesystem::path&);
  SafetensorsFile(SafetensorsFile&&) = default;
  SafetensorsFile(const SafetensorsFile&) = delete;  // the index points into the header
  SafetensorsFile& operator=(SafetensorsFile&&) = default;
  SafetensorsFile& operator=(const SafetensorsFile&) = delete;

  const std::filesystem::path& path() const { return path_; }
  const std::map<std::string, std::string>& metadata() const { return header_.metadata; }
  const std::vector<TensorInfo>& tensors() const { return header_.tensors; }
  /// Null when absent; constant time.
  const TensorInfo* find(std::string_view name) const;
  /// Bytes of a tensor of this file, sharing the mapping. BOOL bytes are checked to be 0 or 1.
  ArchiveTensor tensor(const TensorInfo&) const;
  TensorArchive archive() const;

 private:
  std::filesystem::path path_;
  SafetensorsHeader header_;
  std::unordered_map<std::string_view, std::size_t> index_;
  std::shared_ptr<const void> mapping_;
  const std::byte* data_ = nullptr;
  std::uint64_t data_size_ = 0;
};

/// Writes to a temporary name beside `path`, syncs if asked to, renames. Tensors are laid out by
/// decreasing alignment, then by name; the header is padded to 8 bytes. Throws Error(io) and leaves
/// no file.
CALOTYPE_API void write_safetensors(const std::filesystem::path& path, const TensorArchive&,
                                    Synced synced = Synced::yes);

}  // namespace calotype
