#pragma once
/// Writing a file so that readers see either the old content or all of the new one. Torch-free.
#include <cstddef>
#include <filesystem>
#include <span>
#include <string_view>

#include "calotype/api.h"

namespace calotype {

/// Collects bytes under a hidden temporary name in the folder of `path`. `commit` syncs them and
/// renames the file to `path`; without it the destructor removes what was written.
/// Every failure throws Error(io) that names `path`. Not thread-safe; two objects for the same
/// path may be used at once, the last commit wins.
class CALOTYPE_API AtomicFile {
 public:
  explicit AtomicFile(std::filesystem::path path);
  AtomicFile(const AtomicFile&) = delete;
  AtomicFile& operator=(const AtomicFile&) = delete;
  ~AtomicFile();

  void write(std::span<const std::byte> bytes);
  void write(std::string_view bytes) { write(std::as_bytes(std::span(bytes))); }
  /// May be called once; the object takes no more bytes afterwards.
  void commit();

 private:
  [[noreturn]] void fail(std::string_view step, int error_number) const;

  std::filesystem::path path_;
  std::filesystem::path temporary_;
  int descriptor_ = -1;
};

}  // namespace calotype
